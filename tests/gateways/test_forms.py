"""What a gateway posts, as octets, and the fields that it gives: total, linear, lower-cased."""

from __future__ import annotations

import time

import pytest

from bridge.core.model import Part
from bridge.gateways import forms

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=AaB03x"
END = b"--AaB03x--\r\n"


def part(name: str, value: bytes, head: str = "") -> bytes:
    return (
        f'--AaB03x\r\nContent-Disposition: form-data; name="{name}"\r\n{head}\r\n'.encode()
        + value
        + b"\r\n"
    )


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        pytest.param(b"text=caf%C3%A9", FORM, "café", id="utf-8 undeclared"),
        pytest.param(b"text=%C2%A35", f"{FORM}; charset=UTF-8", "£5", id="utf-8 declared"),
        pytest.param(b"text=%C2%A35", f"{FORM}; charset:utf-8", "£5", id="the vendor's colon"),
        pytest.param(b"text=%C2%A35", f'{FORM}; charset="utf-8"', "£5", id="quoted"),
        pytest.param(b"text=%A35", FORM, "£5", id="not utf-8: windows-1252"),
        pytest.param(b"text=%805", FORM, "€5", id="the euro sign of windows-1252"),
        pytest.param(b"text=\xa35", FORM, "£5", id="raw octets"),
        pytest.param(b"text=%A45", f"{FORM}; charset=iso-8859-15", "€5", id="Latin-9 declared"),
        pytest.param(b"text=%C3%A9", f"{FORM}; charset=iso-8859-1", "Ã©", id="declared counts"),
        pytest.param(b"text=%A35", f"{FORM}; charset=utf-8", "£5", id="declared but not so"),
        pytest.param(b"text=%81", FORM, "\ufffd", id="in no charset"),
        pytest.param(b"text=caf%C3%A9", f"{FORM}; charset=punycode", "café", id="punycode"),
        pytest.param(
            b"text=%5Cx0d", f"{FORM}; charset=unicode_escape", "\\x0d", id="unicode_escape"
        ),
        pytest.param(b"text=%2BAA0-", f"{FORM}; charset=utf-7", "+AA0-", id="utf-7"),
        pytest.param(b"text=ok", f"{FORM}; charset=no-such", "ok", id="unknown charset"),
        pytest.param(b"text=ok", "", "ok", id="no Content-Type"),
        pytest.param(b"text=ok", "text/plain", "ok", id="text/plain"),
        pytest.param(b"text=ok", "application/json", "ok", id="a wrong Content-Type"),
        pytest.param(b"text=a+b%2Bc", FORM, "a b+c", id="plus is a space"),
        pytest.param(b"text=a%00b", FORM, "a\ufffdb", id="NUL"),
        pytest.param(b"text=%ED%A0%80", FORM, "í\xa0€", id="a lone surrogate in CESU form"),
        pytest.param(b"text=%F0%9F%98%80", FORM, "😀", id="outside the BMP"),
        pytest.param(b"text=100%&x=1", FORM, "100%", id="a bare per cent sign"),
        pytest.param(b"text=%zz%4", FORM, "%zz%4", id="broken escapes"),
        pytest.param(b"text=a=b", FORM, "a=b", id="an equals sign in the value"),
        pytest.param(b"TeXt=ok", FORM, "ok", id="any case"),
        pytest.param(b"text=first&TEXT=second", FORM, "first", id="the first counts"),
        pytest.param(b"&&=x&text=ok&", FORM, "ok", id="empty pieces"),
        pytest.param(b"text=", FORM, "", id="an empty value is there"),
        pytest.param(b"text", FORM, "", id="a name alone is there"),
    ],
)
def test_a_form_gives_its_text(body: bytes, content_type: str, text: str) -> None:
    assert forms.fields(b"", body, content_type)["text"] == text


@pytest.mark.parametrize(
    ("body", "content_type", "fields"),
    [
        pytest.param(
            part("from", b"447700900123") + part("Text", b"two\r\nlines") + END,
            MULTIPART,
            {"from": "447700900123", "text": "two\r\nlines"},
            id="as browsers write it",
        ),
        pytest.param(
            part("text", b"a") + part("text", b"b") + END,
            MULTIPART,
            {"text": "a"},
            id="the first counts",
        ),
        pytest.param(
            part("text", b"\xa35", "Content-Type: text/plain; charset=iso-8859-1\r\n") + END,
            MULTIPART,
            {"text": "£5"},
            id="a charset of its own",
        ),
        pytest.param(part("text", b"\xa35") + END, MULTIPART, {"text": "£5"}, id="no charset"),
        pytest.param(
            part("text", b"x") + END, "multipart/form-data", {"text": "x"}, id="no boundary"
        ),
        pytest.param(part("text", b"x"), MULTIPART, {"text": "x\r\n"}, id="no end"),
        pytest.param(
            b"--q\nContent-Disposition: form-data; name=text\n\nok\n--q--\n",
            'Multipart/Form-Data; boundary="q"',
            {"text": "ok"},
            id="bare LF, no quotes",
        ),
        pytest.param(
            b'--q\r\nContent-Disposition: form-data; filename="name=x"\r\n\r\nfile\r\n'
            b'--q\r\nContent-Disposition: form-data; name="text"\r\n\r\nok\r\n--q--',
            "multipart/form-data; boundary=q",
            {"text": "ok"},
            id="a file without a name is no field",
        ),
        pytest.param(b"garbage", MULTIPART, {}, id="none of its parts"),
        pytest.param(b"", "multipart/form-data", {}, id="empty"),
        pytest.param(b"text=ok", "multipart/form-data", {"text": "ok"}, id="urlencoded after all"),
    ],
)
def test_a_multipart_form_gives_its_fields(
    body: bytes, content_type: str, fields: dict[str, str]
) -> None:
    assert forms.fields(b"", body, content_type) == fields


def test_a_get_has_its_fields_in_the_query() -> None:
    assert forms.fields(b"From=447700900123&Text=a+b", b"", "") == {
        "from": "447700900123",
        "text": "a b",
    }


def test_a_post_may_have_fields_in_the_query_but_those_of_the_body_count_first() -> None:
    assert forms.fields(b"text=query&site=1", b"text=body", FORM) == {"text": "body", "site": "1"}


def test_only_a_thousand_fields_are_read() -> None:
    body = b"&".join(b"f%d=x" % n for n in range(300_000))
    assert len(forms.fields(b"", body, FORM)) == 1000
    many = b"".join(part(f"f{n}", b"x") for n in range(2000))
    assert len(forms.fields(b"", many, MULTIPART)) == 1000


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"text=" + b"%" * 1_000_000, FORM, id="per cent signs"),
        pytest.param(b"text=" + b"%41" * 350_000, FORM, id="escapes"),
        pytest.param(b"=" * 1_000_000, FORM, id="equals signs"),
        pytest.param(b"&" * 1_000_000, FORM, id="ampersands"),
        pytest.param(b"text=" + b"a" * 200_000, f"{FORM}; charset=punycode", id="punycode"),
        pytest.param(b"--AaB03x\r\n" * 100_000, MULTIPART, id="empty parts"),
        pytest.param(b"--AaB03x\r\n" + b"; name" * 170_000, MULTIPART, id="one endless head"),
        pytest.param(b"\n--" * 330_000, MULTIPART, id="nearly boundaries"),
        pytest.param(b"a" * 1_000_000, "multipart/form-data; boundary=" + "a" * 70, id="all a"),
        pytest.param(b"x", FORM + "; charset=" * 1000, id="a long Content-Type"),
    ],
)
def test_a_hostile_megabyte_takes_no_time(body: bytes, content_type: str) -> None:
    begun = time.process_time()
    forms.fields(b"", body, content_type)
    assert time.process_time() - begun < 1.0


def test_every_octet_is_taken_without_an_error() -> None:
    every = bytes(range(256)) * 4
    for content_type in (FORM, MULTIPART, "", "multipart/form-data; boundary=\xff"):
        for fields in (forms.fields(every, every, content_type), forms.fields(b"", every, "")):
            assert all("\0" not in value for value in fields.values())
            "".join(fields.values()).encode()  # no lone surrogates


# ---------------------------------------------------------------- writing


def test_the_same_content_gives_the_same_octets() -> None:
    files = [Part("a.txt", "text/plain", b"hello")]
    assert forms.multipart([("a", "1")], files) == forms.multipart([("a", "1")], files)
    assert forms.multipart([("a", "1")], files) != forms.multipart([("a", "2")], files)


def test_a_file_name_and_type_cannot_break_out_of_their_header() -> None:
    _, body = forms.multipart([], [Part('a"\r\nX: y\\,é.gif', "image/gif\r\nX: y", b"G")])
    assert b'filename="a___X__y___.gif"\r\nContent-Type: application/octet-stream\r\n' in body
