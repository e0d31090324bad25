"""T20: of a mail that is too much, what can be read is sent, and its sender told what could not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.compose import media
from bridge.compose.compose import compose
from bridge.compose.reading import mime
from bridge.compose.reading.files import File
from bridge.compose.reading.rough import CUT, MAX_ROUGH
from bridge.compose.vendor import form
from bridge.core.addressing import NumberRules
from bridge.core.events import Truncated
from bridge.core.model import (
    Envelope,
    Facts,
    ForwardPath,
    Ids,
    Msisdn,
    Refusal,
    Session,
    Text,
)
from bridge.core.policy import Policy, Profile
from bridge.core.promises import Mail

Compose = Callable[..., Mail | Refusal]

HEAD = b"From: nagios@example.com\r\nSubject: Disk full\r\n"
DEEP = "its parts are nested more than 20 deep"
MANY = "it has more than 500 parts"
LONG = "it has headers of more than 1000 lines or 256 kB"
LARGE = "its text parts have more than 256 kB"


def nested(levels: int) -> bytes:
    return b"".join(
        b'Content-Type: multipart/mixed; boundary="n%d"\r\n\r\n--n%d\r\n' % (n, n)
        for n in range(levels)
    )


def mixed(*parts: bytes) -> bytes:
    between = b"".join(b"--b\r\n" + each + b"\r\n" for each in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + between + b"--b--\r\n"


def plain(text: bytes) -> bytes:
    return b"Content-Type: text/plain\r\n\r\n" + text


def page(text: bytes) -> bytes:
    return b"Content-Type: text/html\r\n\r\n" + text


def text_of(found: Mail | Refusal) -> str:
    assert isinstance(found, Mail), found
    content = found.submissions[0].content
    assert isinstance(content, Text)
    return content.text


def told(found: Mail | Refusal) -> tuple[str, ...]:
    assert isinstance(found, Mail), found
    return tuple(
        line for each in found.events if isinstance(each, Truncated) for line in each.files
    )


WORDS = plain(b"/var is at 98 %")
BOMBS = {
    "nested too deep": (mixed(WORDS, nested(30)), DEEP),
    "too many parts": (mixed(WORDS, *[b""] * 600), MANY),
    "a part with too many headers": (mixed(WORDS, b"X-A: b\r\n" * 2000 + b"\r\nx"), LONG),
    "too much text": (mixed(WORDS, *[plain(b" \r\n" * 20_000)] * 10), LARGE),
}


@pytest.mark.parametrize(("content", "why"), BOMBS.values(), ids=BOMBS.keys())
@pytest.mark.parametrize(
    ("user", "said"), [("jo", "/var is at 98 %"), ("", "Disk full\n/var is at 98 %")]
)
def test_the_words_beside_a_bomb_go_and_their_sender_hears_of_the_rest(
    send: Compose, content: bytes, why: str, user: str, said: str
) -> None:
    found = send(content, user=user)
    assert text_of(found) == said
    assert told(found) == (f"some of the mail: {why}",)


def test_of_an_alert_that_is_a_bomb_the_subject_goes(send: Compose) -> None:
    found = send(HEAD + nested(30), user="")
    assert text_of(found) == "Disk full"
    assert told(found) == (f"some of the mail: {DEEP}",)


@pytest.mark.parametrize(
    ("content", "user"),
    [
        pytest.param(HEAD + nested(30), "jo", id="a person's words are not in its subject"),
        pytest.param(nested(30), "", id="an alert without a subject"),
    ],
)
def test_where_nothing_is_left_to_say_the_mail_is_refused(
    send: Compose, content: bytes, user: str
) -> None:
    assert str(send(content, user=user)) == f"554 5.6.0 this mail cannot be read: {DEEP}"


def test_a_mail_in_the_vendors_form_is_read_whole_or_not_at_all() -> None:
    """A password in what was not read could not be blanked."""
    content = mixed(plain(b"To: 447700900123\r\n\r\nHi"), nested(30))
    assert str(form(content)) == f"554 5.6.0 this mail cannot be read: {DEEP}"
    assert isinstance(mime.parse(content), Refusal)


def test_a_mail_has_no_more_than_500_entities_however_they_are_nested() -> None:
    inner = b"".join(
        b"Content-Type: multipart/mixed; boundary=i%d\r\n\r\n" % n + b"--i%d\r\n\r\n" % n * 100
        for n in range(1)
    )
    found = mime.salvaged(mixed(*[inner] * 100))
    assert isinstance(found, mime.Entity)
    assert found.cut == MANY
    assert _entities(found) <= mime.MAX_PARTS


def _entities(entity: mime.Entity) -> int:
    return 1 + sum(map(_entities, entity.children))


def test_of_many_files_a_hundred_are_looked_at_and_the_rest_counted() -> None:
    cards = [File("a.vcf", "text/vcard", b"BEGIN:VCARD")] * 40_000
    found = media.selected(cards, ("text/vcard",), 300_000)
    assert len(found.parts) == media.MAX_FILES
    assert len({part.name for part in found.parts}) == media.MAX_FILES
    assert found.left_out == ("39900 more files: the first 100 are looked at",)


# ---------------------------------------------------------------- roughly, in a child's last try

MACHINE = Profile("machine", "subject+body", False, 2, "truncate", True, "tell", "failures", 3600.0)
POLICY = Policy(
    "sms.example.com", ("sms.example.com",), NumberRules(), {"machine": MACHINE, "person": MACHINE}
)


def roughly(content: bytes) -> Mail | Refusal:
    path = ForwardPath("447700900123@sms.example.com", (Msisdn("447700900123"),))
    envelope = Envelope("nagios@example.com", (path,), content, 1.0, Session("127.0.0.1"))
    return compose(envelope, POLICY, Facts(), 2.0, Ids("m1", "7kq2pab3xd"), rough=True)


ENCODED = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(HEAD + b"\r\n/var is at 98 %", "/var is at 98 %", id="plain text"),
        pytest.param(mixed(page(b"<p>x"), WORDS), "/var is at 98 %", id="plain text beside a page"),
        pytest.param(
            HEAD + page(b"<style>a{}</style><p>/var is <b>at</b> 98 %<!-- x"),
            "/var is at 98 %",
            id="nothing but a page",
        ),
        pytest.param(HEAD + ENCODED + b"base64\r\n\r\nRMO8c3NlbGRvcmY=", "Düsseldorf", id="base64"),
        pytest.param(
            HEAD + ENCODED + b"quoted-printable\r\n\r\nD=C3=BCsseldorf", "Düsseldorf", id="escapes"
        ),
        pytest.param(HEAD + nested(30), "", id="nothing but a bomb"),
        pytest.param(HEAD + page(b"<" * 5_000_000), "", id="nothing but the bomb of a page"),
    ],
)
def test_roughly_an_alert_is_its_subject_and_the_beginning_of_its_text(
    content: bytes, said: str
) -> None:
    found = roughly(content)
    assert text_of(found) == "\n".join(filter(None, ("Disk full", said)))
    assert told(found)[0] in (f"some of the mail: {CUT}", f"some of the mail: {DEEP}")


def test_roughly_only_the_beginning_of_a_text_is_looked_at() -> None:
    found = roughly(HEAD + b"\r\n" + b" " * MAX_ROUGH + b"x")
    assert text_of(found) == "Disk full"


def test_roughly_a_mail_keeps_the_envelope_and_the_octets_that_came() -> None:
    content = mixed(WORDS)
    found = roughly(content)
    assert isinstance(found, Mail)
    assert found.envelope.content == content


def test_roughly_an_automatic_answer_is_none_the_less() -> None:
    found = roughly(HEAD + b"Auto-Submitted: auto-replied\r\n\r\nI am away")
    assert isinstance(found, Refusal)
    assert found.code == 550
