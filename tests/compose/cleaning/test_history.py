"""What mail programs quote below an answer goes, in their languages; what people wrote stays."""

from __future__ import annotations

import pytest

from bridge.compose.cleaning.history import answers
from bridge.compose.cleaning.rules import cleaned
from bridge.compose.lines import Line, Within, lines_of
from bridge.compose.wording import tidy

GMAIL = "On Fri, 20 Nov 2026 at 13:50, Sam Jones <sam@x.example> wrote:"


def answer(text: str) -> str:
    return tidy(cleaned(lines_of(text), answer=True, subject="", without=("unwrap",)).text)


ROWS = {
    "our own notice": (
        "On my way\n\n> Yes 4pm works\n>\n> -- \n> Text from Sam Jones, 07700 900123, Fri 20 Nov "
        "2026 13:50. Answer this mail to text back; only what you write is sent.\n"
        '> Your text of Fri 13:41: "Hi Sam, can you call me..."',
        "On my way",
    ),
    "an attribution that is quoted itself": (
        "Yes\n> On 20 Nov 2026, at 13:50, Sam <sam@x.example> wrote:\n>\n> 4pm?",
        "Yes",
    ),
    "an attribution without a date above marked lines": ("Yes\n\nSam Jones wrote:\n> 4pm?", "Yes"),
    "Yahoo on a phone, on one line": (
        "Yes\n\n  On Fri, 20 Nov 2026 at 13:50, Sam Jones<sam@x.example> wrote:   Is it on?",
        "Yes",
    ),
    "an attribution without its colon": (
        "Yes\n\nOn Fri, Nov 20, 2026, 1:50 PM Sam <s@x.example> wrote\n\n> 4pm?",
        "Yes",
    ),
    "Zoho, without its colon": (
        "Yes\n\nOn Wed, 14 Nov 2018 08:14:43 -0200 Sam <s@x.example> wrote\n\n4pm?",
        "Yes",
    ),
    "Gmail of old, without its colon": ("Yes\n\n2013/7/20 Sam <s@x.example>\n\n> 4pm?", "Yes"),
    "Gmail of old, a name alone": ("Yes\n\n2016-03-03 17:21 GMT+01:00 Sam Jones\n\n> 4pm?", "Yes"),
    "a forum": ("Yes\n\nPosted by sam on 01/21/2016\n> 4pm?", "Yes"),
    "Tutanota": ("Yes\n\n27 Oct 2021, 09:31 by sam@x.example:\n\n4pm?", "Yes"),
    "Zimbra": ('Yes\n\n----- "Sam Jones" <sam@x.example> wrote:\n\n4pm?', "Yes"),
    "a link that was wrapped without its mark": (
        f"Yes\n\n{GMAIL}\n\n> View (http://x.example/a\n_n=3)\n> 4pm?",
        "Yes",
    ),
    "an attribution on the line of the words": (
        "Yes please, five is good. On Wed, Apr 4, 2012 at 3:59 PM Sam <s@x.example> wrote:\n\n4pm?",
        "Yes please, five is good.",
    ),
    "an attribution on the line of the words, glued": (
        "Yes please.--- On Wed, Apr 4, 2012 at 3:59 PM, s@x.example wrote:\n> 4pm?",
        "Yes please.",
    ),
    "an attribution on the line of the words, wrapped": (
        "I come when you said. On Wed,\nApr 4, 2012 at 3:59 PM Sam <s@x.example> wrote:\n\n4pm?",
        "I come when you said.",
    ),
    "an attribution on a line of words that begin like one": (
        "On my way! On Wed, 4 Apr 2012 at 13:59 Sam <s@x.example> wrote:\n\n4pm?",
        "On my way!",
    ),
    "an attribution that says its opening twice": (
        "Sí\n\nEl El vie, 20 nov 2026 a las 13:50, Sam <s@x.example> escribió:\n\n4pm?",
        "Sí",
    ),
    "an attribution whose name opens it": (
        "是\n\n雨州 <yu@x.example> 在 2026年2月29日 周六 19:47 写道：\n\n4pm?",
        "是",
    ),
    "The Bat!, whose mark is the author's initials": (
        "Hello Sam,\n\nFriday, November 20, 2026, 1:50:05 PM, you wrote:\n\nSJ> 4pm?\nSJ>\n"
        "SJ> -- \nSJ> Text from Sam\n\nYes\n\nSJ> Where?\n\nAt Jo's",
        "Hello Sam,\nYes\nAt Jo's",
    ),
    "The Bat!, with another's words in them": (
        "Hello,\n\nFriday, November 20, 2026, 1:50 PM, you wrote:\n\nJO>> Soon?\nSJ> 4pm?\n\nYes",
        "Hello,\nYes",
    ),
    "The Bat! in German, and a single line": (
        "Hallo,\n\nAm Freitag, 20. November 2026 um 13:50 schrieben Sie:\n\nSJ> 4pm?\n\nUm vier.",
        "Hallo,\nUm vier.",
    ),
    "bars for marks": (f"Hi\n\n{GMAIL}\n\n| 4pm?\n|\n| Sam\n\nYes", "Hi\nYes"),
    "a bar that is no mark": (f"Yes\n\n{GMAIL}\n\n| 4pm?\n\nSam", "Yes"),
    "a table below The Bat!'s marks": (
        f"Hello\n\n{GMAIL}\n\nSJ> 4pm?\n\n| Fri | 4 |\n| Sat | 5 |\n\nWhich one?",
        "Hello\n| Fri | 4 |\n| Sat | 5 |\nWhich one?",
    ),
    "a table directly below The Bat!'s marks": (
        f"{GMAIL}\nSJ> 4pm?\n| Fri | 4 |\n| Sat | 5 |",
        "| Fri | 4 |\n| Sat | 5 |",
    ),
    "The Bat!, with a blank line that is not marked": (f"{GMAIL}\n\nSJ> 4?\n\nSJ> 5?\n\nJo", "Jo"),
    "letters that are like The Bat!'s marks": (
        f"{GMAIL}\n\nSJ> 4pm?\n\nUSB> yes, bring it\n\nJo",
        "USB> yes, bring it\nJo",
    ),
    "letters above The Bat!'s marks": (f"SJ> is me\n\n{GMAIL}\n\nSJ> 4pm?", "SJ> is me"),
    "a table above bars for marks": (
        f"Totals\n\n| A | 3 |\n| B | 4 |\n\nthanks\n\n{GMAIL}\n| 4pm?\n| Sam",
        "Totals\n| A | 3 |\n| B | 4 |\nthanks",
    ),
    "a table below bars for marks": (
        f"{GMAIL}\n| 4pm?\n| Sam\n\n| A | 3 |\n| B | 4 |\n\nthanks",
        "| A | 3 |\n| B | 4 |\nthanks",
    ),
    "bars for marks, with a blank line that is not marked": (
        f"Hi\n\n{GMAIL}\n| 4pm?\n\n| Sam\n\nYes",
        "Hi\nYes",
    ),
    "a name that is a conjunction": (
        "Yes\n\nAs Salam <as@x.example> wrote on 20/11/2026 13:50:\n\n4pm?",
        "Yes",
    ),
    "German, to whom it is written": (
        "Ja\n\nAm Freitag, 20. November 2026 um 13:50 schrieben Sie:\n\n4pm?",
        "Ja",
    ),
    "answers between single lines": ("Hi\n> 4pm?\nYes\n> Where?\nAt Jo's", "Hi\nYes\nAt Jo's"),
    "a single line that is attributed": (f"{GMAIL}\n> 4pm?\nYes", "Yes"),
    "a single line below a blank one": ("Hi\n\n> 4pm?\nYes", "Hi\nYes"),
    "a single line above a blank one": ("Hi\n> 4pm?\n\nYes", "Hi\nYes"),
    "webmail that quotes": ("Yes\n\nQuoting Sam Jones <s@x.example>:\n\n> 4pm?", "Yes"),
    "Hotmail, its header quoted": (
        "Yes\n\n> Subject: Friday\n> From: sam@x.example\n> Date: Fri, 20 Nov 2026\n>\n> 4pm?",
        "Yes",
    ),
    "an answer at the end": ("On 20 Nov 2026, Sam <s@x.example> wrote:\n> 4pm?\n\nYes", "Yes"),
    "answers between the lines": ("> 4pm?\nYes\n> Where?\nAt Jo's", "Yes\nAt Jo's"),
    "answers between the lines below a heading": (
        "------- Original Message -------\nOn Friday, November 20th, 2026 at 13:50, Sam "
        "<s@x.example> wrote:\n\n> 4pm?\n\nYes\n\n> Where?\n\nAt Jo's",
        "Yes\nAt Jo's",
    ),
    "history within history": (
        "Yes\n\nOn 20 Nov 2026, at 13:50, Sam <s@x.example> wrote:\n\nFrom: Jo\nTo: Sam\n"
        "Subject: F\n\n---------- Forwarded message ---------\nFrom: Al",
        "Yes",
    ),
    "Outlook's answer above a quoted mail that was passed on": (
        "Yes\n\nFrom: Sam\nSent: 20/11/2026\nTo: Jo\nSubject: Fwd: F\n\n"
        "---------- Forwarded message ---------\nFrom: Al\nSubject: F\n\n4pm?",
        "Yes",
    ),
}


@pytest.mark.parametrize(("text", "left"), ROWS.values(), ids=ROWS.keys())
def test_an_answer_is_only_what_was_written(text: str, left: str) -> None:
    assert answer(text) == left


KEPT = {
    "an opening without a date": "On the table he wrote:\nall is well",
    "a date without a verb": "On 3 May at 5:\nbring cake",
    "a verb, a date and more": "On 3 May Jo wrote a letter that says:\nall is well",
    "a time and an address": "Call Jo <jo@x.example> at 14:00 and say:\nall is well",
    "a time and a verb": "At 14:00 she wrote:\nall is well",
    "a sentence with a date": "On 20/11/2026 13:50 Sam wrote that all is well",
    "times on lines of their own": "2026-11-20 13:50:00\n20.11.2026 13:50\n11/20/2026 at 1:50 PM",
    "colons": "From: the roof\nWe saw: three gulls\nTo: be continued",
    "a journey": "From: London\nTo: Paris\nDate: 3 May\nTime: 14:00",
    "a mail's header, told": "From: jo@x.example\nis what it says",
    "a subject": "Subject: gulls\nThey are back",
    "a row of dashes": "One\n----------\nTwo",
    "a heading between dashes": "One\n----- Message -----\nTwo",
    "words like a heading": "The original message:\nall is well",
    "a face": ">:(\nno",
    "a number point above a quotation's lack": "Re your point 3:\nyes",
    "what somebody wrote": "Hi\nOn 3 May Sam wrote:\nthe plan is off. I think we go anyway.",
    "what somebody wrote, in full": "As you said\nOn Monday 3.5.2026 the boss wrote:\nWe close.",
    "what somebody wrote, fr": "Salut\nLe 3 mai 2026 Paul a écrit :\nla porte est fermée.",
    "what was told on the line of other words": "So it is. On 3 May Sam wrote:\nthe plan is off.",
    "what its author wrote": "No, I wrote this on 3 May 2026 at 10:00:\nthe code is 4711\nUse it.",
    "what its author wrote before": "On 3 May 2026 at 10:00 I already wrote:\n4711",
    "what its author wrote, de": "Ja.\nAm 20.11.2026 um 16:30 schrieb ich:\nkomme später\nNoch.",
    "what its author wrote, fr": "Le 3/5/2026 à 10:00 je vous ai écrit :\nla porte est fermée.",
    "what its author wrote, nl": "Op 3-5-2026 om 10:00 schreef ik:\nik kom later",
    "what its author wrote, sv": "Den 2026-05-03 kl. 10:00 skrev jag:\njag kommer",
    "a table its author wrote": "On 3 May 2026 at 10:00 I wrote:\n| A | 3 |\n| B | 4 |\nStill?",
    "as somebody wrote": "Yes.\nAs Kim wrote on 3/5/2026 at 10:00:\nnever again\nSo no.",
    "as somebody wrote, de": "Wie Kim am 3.5.2026 um 10:00 schrieb:\nnie wieder",
    "as somebody wrote, fr": "Comme Kim a écrit le 3/5/2026 à 10:00 :\nplus jamais",
    "a meeting": "Meeting moved\n10:30 on 3.5.2026 with Jo <jo@x.example>:\nbring the keys",
    "a meeting above a blank line": "Hi\n10:30 on 3.5.2026 with Jo <jo@x.example>:\n\nbring keys",
    "a contact": "Hi\nContact at 10:30 on 3/5/2026 [jo@x.example]:\nKeys\nCards",
    "a price that is more": "Price is\n> 50 Euro\nfor me too much",
    "a table below a time": "Prices at 10:30:\n| a | 1 |\n| b | 2 |",
    "initials without an attribution": "OK> fine\n\nYes",
    "a shell": "It prints\n> foo\nand stops",
    "a bracket between words": "See (the roof\nand the gulls)\nor not",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_words_are_kept(text: str) -> None:
    assert answer(text) == tidy(text)


def test_what_its_author_tells_above_marked_lines_is_kept() -> None:
    assert answer("At 10:00 I wrote:\n> we go\nNo.") == "At 10:00 I wrote:\nNo."


def test_a_line_that_only_ends_in_a_colon_above_marked_lines_is_kept() -> None:
    assert answer("Re your point 3:\n> we should go\nNo.") == "Re your point 3:\nNo."


# ---------------------------------------------------------------- as the HTML says


def page(*lines: tuple[str, Within]) -> tuple[Line, ...]:
    return tuple(Line(text, within) for text, within in lines)


HTML = {
    "all of it": (page(("Yes", ""), ("Is it on?", "history"), ("Sam", "history")), "Yes"),
    "with the attribution above it": (
        page(("Yes", ""), ("Sam (20/11/2026 13:50):", ""), ("4pm?", "history")),
        "Yes",
    ),
    "its header within": (
        page(("At 14:00, as agreed:", ""), ("From: Sam", "history"), ("Sent: Friday", "history")),
        "At 14:00, as agreed:",
    ),
    "its attribution within": (
        page(("At 4:", ""), (GMAIL, "history"), ("> 4pm?", "history")),
        "At 4:",
    ),
    "with answers between its marked lines": (
        page(
            (GMAIL, "history"),
            ("> 4pm?", "history"),
            ("Yes", "history"),
            ("> Where?", "history"),
            ("At Jo's", ""),
        ),
        "Yes\nAt Jo's",
    ),
    "with marked lines of an older mail in it": (
        page(("Yes", ""), ("4pm?", "history"), ("> Friday?", "history"), ("Sam", "history")),
        "Yes",
    ),
    "words below it": (page(("4pm?", "history"), ("Yes", "")), "Yes"),
    "a mail that is passed on": (
        page(("See", ""), ("---------- Forwarded message ---------", "history"), ("4", "history")),
        "See\n---------- Forwarded message ---------\n4",
    ),
}


@pytest.mark.parametrize(("lines", "left"), HTML.values(), ids=HTML.keys())
def test_what_html_marks_as_history_goes(lines: tuple[Line, ...], left: str) -> None:
    assert tidy(cleaned(lines, answer=True, subject="").text) == left


def test_what_html_marks_as_history_stays_where_nothing_is_answered() -> None:
    lines = page(("See", ""), ("4pm?", "history"))
    assert cleaned(lines, answer=False, subject="Fwd: F").text == "See\n4pm?"


# ---------------------------------------------------------------- what it says without headers

ANSWERS = {
    "an attribution above marked lines": (f"Yes\n\n{GMAIL}\n\n> 4pm?", True),
    "Thunderbird": ("Yes\n\nOn 20/11/2026 13:50, Sam Jones wrote:\n> 4pm?", True),
    "an attribution above other lines": (f"Yes\n\n{GMAIL}\n\n4pm?", False),
    "an attribution without a date": ("Sam said it\n\nSam Jones wrote:\n> 4pm?", False),
    "a date without a verb": ("2026-05-03 10:00 Jo <jo@x.example>:\n\n> 4pm?", False),
    "Outlook's header": ("See\n\nFrom: Sam <s@x.example>\nSent: Friday\nTo: Jo\nSubject: F", False),
    "a mail that is passed on": (
        f"See\n\n---------- Forwarded message ---------\nFrom: Al\n\n{GMAIL}\n> 4pm?",
        False,
    ),
    "marked lines alone": ("> 4pm?\nYes", False),
}


@pytest.mark.parametrize(("text", "shown"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_complete_attribution_above_marked_lines_shows_an_answer(text: str, shown: bool) -> None:
    assert answers(lines_of(text)) is shown


def test_an_attribution_in_what_the_html_marks_as_history_shows_an_answer() -> None:
    assert answers(page(("Yes", ""), (GMAIL, "history"), ("4pm?", "history")))
