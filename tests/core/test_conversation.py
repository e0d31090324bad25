"""Tokens, and subjects as a thread carries them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core import conversation


@given(st.integers(0, 2**conversation.TOKEN_BITS - 1))
def test_a_token_is_ten_base32_characters_of_which_the_first_is_a_digit(bits: int) -> None:
    token = conversation.token(bits)
    assert conversation.is_token(token)
    assert token[0].isdigit()
    assert len(token) == 10


@pytest.mark.parametrize(
    "text", ["", "7kq2pab3x", "7kq2pab3xdd", "akq2pab3xd", "7KQ2PAB3XD", "1kq2pab3xd"]
)
def test_other_words_are_no_tokens(text: str) -> None:
    assert not conversation.is_token(text)


@pytest.mark.parametrize(
    ("subject", "root"),
    [
        ("Friday", "Friday"),
        ("Re: Friday", "Friday"),
        ("RE: AW: Fwd: Friday", "Friday"),
        ("Re[2]: Friday", "Friday"),
        ("SV : Friday", "Friday"),
        ("Re:Re: Friday", "Friday"),
        ("Re\xa0: Friday", "Friday"),
        ("Antwort: Friday", "Friday"),
        ("VS: Friday", "Friday"),
        ("Továbbítás: Friday", "Friday"),
        ("ΠΡΘ: Friday", "Friday"),
        ("転送: Friday", "Friday"),
        ("Ynt: Friday", "Friday"),
        ("Re\uff1aFriday", "Friday"),
        ("回复: Friday", "Friday"),
        ("答复：星期五", "星期五"),
        ("Re:星期五", "星期五"),
        ("re:invent 2026", "re:invent 2026"),
        ("Re: re:invent 2026", "re:invent 2026"),
        ("Re: Ref: 12345", "Ref: 12345"),
        ("Report: all is well", "Report: all is well"),
        ("Re:", ""),
    ],
)
def test_the_root_of_a_subject_has_no_marks(subject: str, root: str) -> None:
    assert conversation.thread_subject(subject) == root


@pytest.mark.parametrize(
    ("subject", "root"),
    [
        ("Ref: 12345", "12345"),
        ("R: rank", "rank"),
        ("I: think", "think"),
        ("Enc: plans", "plans"),
        ("Tr: x", "x"),
        ("PD: training", "training"),
        ("VL: training", "training"),
        ("İLT: training", "training"),
        ("RES: room 5", "room 5"),
        ("Réf : Friday", "Friday"),
        ("R: Re: Friday", "Friday"),
    ],
)
def test_what_people_type_too_is_a_mark_only_where_the_headers_tell_of_an_answer(
    subject: str, root: str
) -> None:
    assert conversation.thread_subject(subject) == subject
    assert conversation.thread_subject(subject, answer=True) == root


def test_after_a_mark_what_people_type_is_theirs() -> None:
    assert conversation.thread_subject("Re: Ref: 12345", answer=True) == "Ref: 12345"


@pytest.mark.parametrize(
    ("subject", "answer", "forward"),
    [
        ("Re: x", True, False),
        ("AW: x", True, False),
        ("Fwd: Re: x", False, True),
        ("WG: x", False, True),
        ("TR: x", False, True),  # of what may be passed on nothing is cut
        ("R: x", False, False),
        ("VL: x", False, True),
        ("ILT: x", False, True),
        ("İLT: x", False, True),
        ("Továbbítás: x", False, True),
        ("ΠΡΘ: x", False, True),
        ("転送: x", False, True),
        ("VS: x", True, True),  # a Finn's answer, a Dane's forward
        ("Tr:x", False, False),
        ("Revenue: x", False, False),
    ],
)
def test_marks_tell_answers_from_forwards(subject: str, answer: bool, forward: bool) -> None:
    assert conversation.is_answer(subject) is answer
    assert conversation.is_forward(subject) is forward


def test_a_mark_of_both_is_an_answers_where_the_mail_is_known_to_be_one() -> None:
    assert not conversation.is_forward("VS: x", answer=True)
    assert conversation.is_forward("WG: x", answer=True)


@pytest.mark.parametrize(
    ("subject", "context", "shown"),
    [
        ("Friday", "ORDER-42", "Friday [ORDER-42]"),
        ("Friday [ORDER-42]", "ORDER-42", "Friday [ORDER-42]"),
        ("Friday", "", "Friday"),
        ("", "ORDER-42", "[ORDER-42]"),
        ("[ORDER-42] Friday", "ORDER-42", "[ORDER-42] Friday"),
        ("Re: [ORDER-4] Friday", "ORDER-42", "Re: [ORDER-4] Friday [ORDER-42]"),
    ],
)
def test_a_subject_shows_its_context_once(subject: str, context: str, shown: str) -> None:
    assert conversation.with_context(subject, context) == shown


@pytest.mark.parametrize(
    ("subject", "context", "plain"),
    [
        ("Friday [ORDER-42]", "ORDER-42", "Friday"),
        ("Friday[ORDER-42]", "ORDER-42", "Friday"),
        ("[ORDER-42]", "ORDER-42", ""),
        ("Friday [ORDER-42]", "ORDER-43", "Friday [ORDER-42]"),
        ("Friday [ORDER-42] again", "ORDER-42", "Friday [ORDER-42] again"),
        ("Friday []", "", "Friday []"),
    ],
)
def test_a_subject_without_its_context(subject: str, context: str, plain: str) -> None:
    assert conversation.without_context(subject, context) == plain


def test_the_same_event_is_the_same_message_id_and_another_kind_another() -> None:
    found = conversation.notice_id("in", "sms:1", "sms.example.com")
    assert found == conversation.notice_id("in", "sms:1", "sms.example.com")
    assert found.startswith("<in.")
    assert found.endswith("@sms.example.com>")
    assert found != conversation.notice_id("note", "sms:1", "sms.example.com")
    assert conversation.notice_id("in", "\udc80", "sms.example.com").isascii()
    assert conversation.notice_kind(found) == "in"
