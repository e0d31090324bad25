"""The chain of cleaning: its steps in their order, switched, undone, reported; and its bounds."""

from __future__ import annotations

import inspect
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.compose.cleaning.closings import closings
from bridge.compose.cleaning.rules import RULES, Cleaned, Rule, cleaned
from bridge.compose.cleaning.sheet import Sheet
from bridge.compose.lines import Line, Within, lines_of
from bridge.compose.wording import tidy
from bridge.core.choices import CLEANING

ALL = """CAUTION: This email originated from outside of the organization.

Hi Sam,
[StartOfMessage]
The gulls are back on the roof, and they have brought their friends
with them, so please keep the windows of the kitchen closed until
Friday.
Kind regards, Jo Smith
Sent from my iPhone
--
ACME Ltd
_______________________________________________
gulls mailing list
gulls@lists.x.example

> 4pm?

On 20 Nov 2026, at 13:50, Sam <sam@x.example> wrote:

Is it on?
[EndOfMessage]
Jo
"""
SENTENCE = (
    "The gulls are back on the roof, and they have brought their friends with them, so please "
    "keep the windows of the kitchen closed until Friday."
)


def all_of_it(without: tuple[str, ...] = ()) -> Cleaned:
    lines = [*lines_of(ALL)[:7], Line("ACME gulls", "signature"), *lines_of(ALL)[7:]]
    tails = ("Kind regards, Jo Smith",)
    return cleaned(lines, answer=True, subject="Re: gulls", without=without, tails=tails)


def test_the_rules_are_the_steps_that_settings_may_name() -> None:
    assert tuple(rule.name for rule in RULES) == CLEANING


def test_what_its_author_wrote_is_left() -> None:
    assert tidy(all_of_it().text) == SENTENCE


def test_every_step_that_did_something_is_named_in_its_order() -> None:
    assert all_of_it().by == CLEANING


def test_each_line_as_it_came_is_reported_with_the_rule_that_took_it() -> None:
    lines = "Yes\n\n--\nJo Smith\n\n> 4pm?\n> Sam"
    assert cleaned(lines_of(lines), answer=True, subject="").taken == (
        ("Yes", ""),
        ("", ""),
        ("--", "signature"),
        ("Jo Smith", "signature"),
        ("", "signature"),
        ("> 4pm?", "quotes"),
        ("> Sam", "quotes"),
    )


def test_a_line_that_is_taken_in_part_is_reported_in_pieces() -> None:
    found = cleaned(lines_of("Yes{end sms} Jo"), answer=False, subject="")
    assert found.taken == (("Yes", ""), ("{end sms}", "markers"), (" Jo", "markers"))


def test_lines_that_are_joined_are_reported_as_they_came() -> None:
    lines = ALL.split("\n")[4:7]
    found = cleaned(lines_of("\n".join(lines)), answer=False, subject="")
    assert (found.text, found.by) == (SENTENCE, ("unwrap",))
    assert found.taken == tuple((line, "") for line in lines)


@pytest.mark.parametrize("name", [name for name in CLEANING if name != "unwrap"])
def test_a_step_that_is_switched_off_takes_nothing(name: str) -> None:
    found = all_of_it(without=(name,))
    assert name not in found.by
    assert name not in {by for _, by in found.taken}


def test_with_all_steps_switched_off_the_text_is_as_it_came() -> None:
    found = cleaned(lines_of(ALL), answer=True, subject="Re: gulls", without=CLEANING)
    assert (found.text, found.by) == (ALL, ())


def test_where_nothing_is_left_the_subject_stands_for_it() -> None:
    found = cleaned(lines_of("> 4pm?\n> Sam"), answer=True, subject="Yes")
    assert (found.text, found.by) == ("", ("quotes",))
    assert found.taken == (("> 4pm?", "quotes"), ("> Sam", "quotes"))


def test_a_step_that_leaves_nothing_is_undone_without_a_subject() -> None:
    found = cleaned(lines_of("> 4pm?\n--\nSam"), answer=True, subject="")
    assert (found.text, found.by) == ("--\nSam", ("quotes",))


def test_the_steps_after_one_that_is_undone_still_act() -> None:
    found = cleaned(lines_of("-- \nYes\nSent from my iPhone"), answer=False, subject="")
    assert (found.text, found.by) == ("-- \nYes", ("sent-from",))


def test_a_mail_without_words_has_none() -> None:
    assert cleaned(lines_of("\n \n"), answer=True, subject="Yes") == Cleaned(
        "", (), (("", ""), (" ", ""), ("", ""))
    )


FRAGMENTS = st.sampled_from(
    (
        *("Yes", "", "Jo", "> 4pm?", "-- ", "On 3 May 2026, Jo <jo@x.example> wrote:", "x " * 34),
        *("From: Sam", "Subject: x", "To: Jo", "---------- Forwarded message ---------"),
        *("[EXTERNAL]", "{end sms}", "a[StartOfMessage]b", "[EndOfMessage]", "Sent from my iPhone"),
    )
)
LINES = st.lists(st.builds(Line, FRAGMENTS, st.sampled_from(["", "", "signature", "history"])))


@given(LINES, st.booleans())
def test_no_line_is_lost_without_a_rule_that_took_it(lines: list[Line], answer: bool) -> None:
    found = cleaned(lines, answer=answer, subject="x", without=("unwrap",), tails=("Jo",))
    came = "".join(line.text for line in lines)
    assert "".join(text for text, _ in found.taken) == came
    left = [text for text, by in found.taken if not by]
    assert found.text == ("\n".join(left) if any(map(str.strip, left)) else "")
    assert set(found.by) == {by for _, by in found.taken if by}


# ---------------------------------------------------------------- the examples of the rules

_EXAMPLE = re.compile(r"^Example:\n(.+?)(?:\n\s*)?\Z", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r" {4}(?P<mark>[~+ ]) (?P<text>.*?)(?: \{(?P<within>\w+)\})?")


def example(rule: Rule) -> list[tuple[str, Line]]:
    """The lines of a rule's example, each with `~` if it is taken, `+` if it is joined to the one
    above; what is in braces at its end is where it stood in the HTML, or that it is a tail."""
    found = _EXAMPLE.search(inspect.cleandoc(rule.find.__doc__ or ""))
    assert found, f"{rule.name} has no example"
    matches = [_LINE.fullmatch(line) for line in found[1].split("\n")]
    assert all(matches), found[1]
    return [(m["mark"], Line(m["text"], _within(m["within"]))) for m in matches if m]


def _within(name: str | None) -> Within:
    return "signature" if name == "signature" else ""


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_the_example_of_a_rule_is_what_it_does(rule: Rule) -> None:
    lines = example(rule)
    tails = [line.text for mark, line in lines if mark == "~"] if rule.name == "tails" else []
    found = {at for each in rule.find(Sheet((line for _, line in lines), tails)) for at in each}
    if rule.joins:
        found -= {at for at in found if lines[at][0] == " "}
    assert found == {at for at, (mark, _) in enumerate(lines) if mark in "~+"}


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_a_rule_finds_nothing_in_a_mail_of_words_alone(rule: Rule) -> None:
    for text in ("", "Yes", "Hi Sam,\n\nSee you on Friday.\n\nJo"):
        assert not [at for each in rule.find(Sheet(lines_of(text))) for at in each]


# ---------------------------------------------------------------- what may be learned


def test_the_blocks_that_a_mail_ends_in_may_be_learned_the_longest_first() -> None:
    text = "See you\n\nKind regards\n Jo  Smith \nACME\n\nSent from my iPhone"
    found = cleaned(lines_of(text), answer=False, subject="", learn=True)
    assert found.closings == ("Kind regards\nJo Smith\nACME", "Jo Smith\nACME")


def test_nothing_is_learned_where_it_was_not_asked_for() -> None:
    assert cleaned(lines_of("See you\nKind regards"), answer=False, subject="").closings == ()


CLOSINGS = {
    "the whole text is none": ("Kind regards, Jo", ()),
    "fewer letters than eight": ("See you\nJo 1234567", ()),
    "ten lines at most": ("\n".join(["See you on Friday"] * 40), 10),
    "1,000 characters at most": ("See you\n" + "x" * 1001, ()),
    "1,000 characters": ("See you\n" + "x" * 1000, 1),
    "a mail that is passed on": ("See\n---------- Forwarded message ---------\nKind regards", ()),
}


@pytest.mark.parametrize(("text", "expected"), CLOSINGS.values(), ids=CLOSINGS.keys())
def test_what_may_be_learned_is_bounded(text: str, expected: tuple[str, ...] | int) -> None:
    found = closings(Sheet(lines_of(text)))
    assert (len(found) if isinstance(expected, int) else found) == expected


def test_a_tail_that_was_learned_from_mails_is_taken_off_the_next() -> None:
    first, second = "See you\n\nKind regards\nJo Smith", "Not today\n \n Kind  regards\nJo Smith\n"
    learned = cleaned(lines_of(first), answer=False, subject="", learn=True).closings
    found = cleaned(lines_of(second), answer=False, subject="", tails=learned)
    assert (found.text.strip(), found.by) == ("Not today", ("tails",))


def test_a_tail_that_is_taken_may_still_be_learned() -> None:
    tails = ("Kind regards",)
    found = cleaned(
        lines_of("Yes\nKind regards"), answer=False, subject="", tails=tails, learn=True
    )
    assert (found.text, found.closings) == ("Yes", tails)


# ---------------------------------------------------------------- bounds

HOSTILE = {
    "attributions": "On 1 x wrote:\n" * 20_000,
    "half attributions": "On 1\n" * 50_000,
    "attributions of marked lines": "On 1 x wrote:\n>\nyes\n" * 12_000,
    "wrote, wrote": "On 1 " + "wrote " * 90 + ":\n" + ("On 1 " + "wrote " * 90 + "\n") * 400,
    "dated lines": "20.11.2026 13:50 <a@b>\n" * 11_000,
    "dated lines of no attribution": "20.11.2026 13:50:\n" * 13_000,
    "addresses": "<a@" * 80_000 + ":",
    "addresses on one line": ("<" + "a" * 190 + "\n") * 1300,
    "quotations": ">\n" * 100_000,
    "quotations and blank lines": ">\n\n" * 80_000,
    "blank lines": "\n" * 250_000 + ">\n",
    "From": "From:\n" * 40_000,
    "From and To": "From: a\nTo: b\n" * 17_000,
    "To and To": "To: a\n" * 40_000 + "From: a\n",
    "headings": "-----Original Message-----\n>\n" * 9_000,
    "headings of forwards": "---------- Forwarded message\n" * 9_000,
    "dashes": "-" * 250_000,
    "rows of dashes": "--------\n" * 28_000 + "From: a\nTo: b\nSubject: c",
    "signatures": "-- \n" * 60_000,
    "sent from": "Sent from my x\n" * 17_000,
    "sent from my iPhone": "Sent from my iPhone\n" * 13_000,
    "sent from many words": "Sent from " + "my " * 80_000,
    "markers": "[StartOfMessage]{end sms}" * 10_000,
    "one line": "x" * 250_000 + ":",
    "openings after words": ("x. On 3.5.2026 " * 38 + "\n") * 430,
    "attributions after words": "x On 3 May 2026 at 10:00 <a@b> wrote:\n" * 6_500,
    "headings of forwards that are quoted": "> Begin forwarded message:\n\n" * 8_000,
    "headings below blank lines": ("\n" * 50 + "> Begin forwarded message:\n") * 3_000,
    "lists below blank lines": ("From: a\nSubject: b\nTo: c\n" + "\n" * 500) * 400,
    "links that are wrapped": "> a (x\nb)\n" * 25_000,
    "sent from words with dashes": ("Sent from my " + "a-" * 90 + "\n") * 1_300,
    "sent from names": ("Sent from my " + "iPhone " * 26 + "x\n") * 1_300,
    "openings": "--- On 1 " * 25_000,
    "wrapped lines": ("x" * 70 + " y\n") * 3400,
    "stars": "*" * 250_000,
    "zero-width characters": "\u200b" * 80_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_mail_takes_long_to_clean(text: str) -> None:
    """A quarter of a megabyte, the most that is read, in a second or two on a slow machine."""
    began = time.process_time()
    cleaned(lines_of("Yes\n" + text), answer=True, subject="x", tails=("Jo",), learn=True)
    assert time.process_time() - began < 2.5


CAUTION = "CAUTION: This email originated from outside of "
HOSTILE_TOPS = {
    "cautions": CAUTION * 5_000,
    "cautions in lines": f"{CAUTION}ACME.\n" * 5_000,
    "cautions of many words": CAUTION + "of " * 80_000,
    "cautions that are wrapped": f"{CAUTION}the\norganization and all\n" * 3_000,
    "dots": "Caution! This is from a. b. c. d " * 6_000,
    "frames": "=====\n" * 40_000,
    "labels": "Caution: " * 28_000,
}


@pytest.mark.parametrize("text", HOSTILE_TOPS.values(), ids=HOSTILE_TOPS.keys())
def test_no_top_of_a_mail_takes_long_to_clean(text: str) -> None:
    began = time.process_time()
    cleaned(lines_of(text + "\nYes"), answer=True, subject="x")
    assert time.process_time() - began < 2.5


def test_a_mail_that_the_html_marks_line_by_line_is_cleaned_in_time() -> None:
    within: tuple[Within, ...] = ("history", "", "signature", "history")
    lines = [Line("> a" if n % 3 else "20.11.2026 <a@b>:", within[n % 4]) for n in range(60_000)]
    began = time.process_time()
    cleaned(lines, answer=True, subject="x")
    assert time.process_time() - began < 2.5
