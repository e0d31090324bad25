"""What is done quickly for most mails is what would be done for any."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bridge.compose.cleaning import attributions
from bridge.compose.lines import Line
from bridge.compose.reading import charsets, likeness, mime
from bridge.core import gsm
from bridge.core.conversation import is_repeated

MARKS = r"(?:[^\s:：]{1,12}[ \xa0]?[:：]\s*)*"
ASCII = st.binary(max_size=40).map(lambda raw: raw.translate(bytes(range(128)) * 2))


def _joined(*pieces: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces), max_size=6).map("".join)


SUBJECTS = _joined("Re:", "Vá: ", "a", " ", "[", "]", "[x]", " [x]", "Friday", "\xa0", "\n", "：")
LINES = _joined(
    "On ", "wrote:", "4.5.", "2026", "10:30", "@", "<a@b>", "<https://a>", " ", "x", "１"
)


@given(st.lists(st.sampled_from((b"\r", b"\n", b"\r\n", b"a", b":")), max_size=12).map(b"".join))
def test_line_ends_become_lf_and_a_bare_cr_a_space(raw: bytes) -> None:
    expected = raw.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    entity = mime.salvaged(b"Subject: x\r\n\r\n" + raw)
    assert isinstance(entity, mime.Entity)
    assert entity.body == expected


@given(SUBJECTS, SUBJECTS, SUBJECTS)
def test_a_subject_is_repeated_as_its_pattern_says(before: str, subject: str, after: str) -> None:
    pattern = (MARKS if subject else "") + re.escape(subject) + r"(?: ?\[[^\[\]]*\])?"
    for said in (before + subject + after, before, after):
        assert is_repeated(subject, said) is (re.fullmatch(pattern, said) is not None)


@given(ASCII, st.sampled_from(("", *charsets.CODECS)))
def test_ascii_is_read_as_the_charset_that_declares_it(raw: bytes, charset: str) -> None:
    codec = charsets.codec(charset) or "utf-8"
    if codec.startswith(("utf-16", "iso2022", "hz")):  # in which ASCII may be something else
        return
    text, found = charsets.recognised(raw, charset)
    assert text == raw.decode(codec)
    assert charsets.is_as_declared(charset, found)


@given(st.lists(LINES, max_size=6))
def test_letters_of_many_lines_are_those_of_each(texts: list[str]) -> None:
    count = sum(len(likeness.letters(text)) for text in texts)
    assert likeness.said([Line(text) for text in texts]) == count


@given(st.lists(LINES, max_size=6))
def test_no_attribution_is_put_apart_where_no_line_has_a_digit(texts: list[str]) -> None:
    lines = [Line(re.sub(r"\d", "", text)) for text in texts]
    assert attributions.apart(lines) == lines
    assert not any(attributions._later_openings(lines, at) for at in range(len(lines)))


@given(st.text(alphabet=sorted(gsm.ALPHABET), max_size=40))
def test_a_character_of_the_extension_counts_two(text: str) -> None:
    assert gsm.septets(text) == sum(2 if each in gsm.EXTENSION else 1 for each in text)
