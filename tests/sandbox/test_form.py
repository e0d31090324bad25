"""How the gateway reads what is posted to it."""

from __future__ import annotations

import pytest

from bridge.sandbox.form import File, read

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        pytest.param(FORM, b"text=%A3", "£", id="undeclared is Latin-1"),
        pytest.param(FORM, b"text=%C2%A3", "Â£", id="so a missing header shows"),
        pytest.param(f"{FORM}; charset=iso-8859-1", b"text=%A3", "£", id="declared Latin-1"),
        pytest.param(f"{FORM}; charset=utf-8", b"text=%C2%A3", "£", id="declared UTF-8"),
        pytest.param(f'{FORM};CHARSET="UTF8"', b"text=%C2%A3", "£", id="in other letters"),
        pytest.param(f"{FORM}; charset:utf-8", b"text=%C2%A3", "£", id="the vendor's colon"),
        pytest.param(f"{FORM}; charset=utf-8", b"text=\xc2\xa3", "£", id="unescaped"),
        pytest.param(FORM, b"TEXT=a+b%2Bc&text=2", "a b+c", id="any case, the first counts"),
        pytest.param("", b"text=x", "x", id="no type at all"),
        pytest.param("text/plain", b"text=x", "", id="not a form"),
        pytest.param("multipart/form-data", b"text=x", "", id="no boundary"),
    ],
)
def test_a_form_is_read_by_what_it_declares(content_type: str, body: bytes, text: str) -> None:
    assert read("", content_type, body).get("text") == text


def test_parameters_also_come_in_the_url_and_count_first() -> None:
    form = read("to=1&text=The+Message", FORM, b"text=another&from=2")
    assert form.fields == {"to": "1", "text": "The Message", "from": "2"}


PAGE_EXAMPLE = b"""\
--AaB03x
Content-Disposition: form-data; name="username"
Content-Type: text/plain

YourUsername
--AaB03x
Content-Disposition: form-data; name="text"
Content-Type: text/plain

\xc2\xa3 Subject
--AaB03x
Content-Disposition: form-data; filename="file1.txt"
Content-Type: text/plain

... contents of file1.txt ...
--AaB03x
Content-Disposition: form-data; filename="file2.gif"
Content-Type: image/gif
Content-Transfer-Encoding: binary

GIF89a\x00\r
--AaB03x--
what follows is nothing
""".replace(b"\n", b"\r\n")


@pytest.mark.parametrize("boundary", ["AaB03x", '"AaB03x"'])
def test_the_page_s_multipart_example_gives_fields_and_nameless_files(boundary: str) -> None:
    form = read("", f"multipart/form-data; boundary={boundary}", PAGE_EXAMPLE)
    assert form.fields == {"username": "YourUsername", "text": "£ Subject"}
    assert form.files == (
        File("file1.txt", "text/plain", b"... contents of file1.txt ..."),
        File("file2.gif", "image/gif", b"GIF89a\x00\r"),
    )
