"""What people did not write is taken off; what they did write never is."""

from __future__ import annotations

import time

import pytest

from bridge.compose.cleaning import RULES, cleaned
from bridge.compose.lines import lines_of
from bridge.compose.wording import tidy

OURS = """On my way

> Yes 4pm works
>
> --
> Text from Sam Jones, 07700 900123, Fri 20 Nov 2026 13:50. Answer this mail to text back;
> only what you write is sent."""

ROWS = {
    "an answer to our own notice": (OURS, "On my way"),
    "Gmail": (
        "On my way\n\nOn Fri, 20 Nov 2026 at 13:50, Sam (07700 900123) <447700900123@sms.example>\n"
        "wrote:\n\n> Yes 4pm works\n>\n> -- \n> Text from Sam",
        "On my way",
    ),
    "Apple": ("Yes\n\n> On 20 Nov 2026, at 13:50, Sam <s@x.example> wrote:\n> \n> 4pm?\n", "Yes"),
    "an attribution without marked lines": (
        "Yes\n\nOn Friday, 20 November 2026, 13:50:00 GMT, Sam <s@x.example> wrote:\n\n 4pm?\n",
        "Yes",
    ),
    "German": ("Ja\n\nAm Fr., 20. Nov. 2026 um 13:50 Uhr schrieb Sam <s@x>:\n4pm?", "Ja"),
    "French": ("Oui\n\nLe ven. 20 nov. 2026 à 13:50, Sam <s@x> a écrit :\n4pm?", "Oui"),
    "Spanish": ("Sí\n\nEl vie, 20 nov 2026 a las 13:50, Sam (<s@x>) escribió:\n4pm?", "Sí"),
    "Italian": ("Sì\n\nIl giorno ven 20 nov 2026 alle ore 13:50 Sam ha scritto:\n4pm?", "Sì"),
    "Dutch": ("Ja\n\nOp vr 20 nov 2026 om 13:50 schreef Sam <s@x>:\n4pm?", "Ja"),
    "Portuguese": ("Sim\n\nEm sex., 20 de nov. de 2026 às 13:50, Sam escreveu:\n4pm?", "Sim"),
    "Swedish": ("Ja\n\nDen fre 20 nov. 2026 kl 13:50 skrev Sam <s@x>:\n4pm?", "Ja"),
    "any language, by its marked lines": (
        "Tak\n\npt., 20 lis 2026 o 13:50 Sam <s@x.example> napisał(a):\n\n> 4pm?",
        "Tak",
    ),
    "an address wrapped over two lines": (
        'Привет\n\n20.11.2026 13:50 пользователь "Sam" <\ns@x.example> написал:\n\n> 4pm?',
        "Привет",
    ),
    "Outlook": (
        "Yes\n\n________________________________\nFrom: Sam <s@x.example>\n"
        "Sent: Friday, November 20, 2026 1:50 PM\nTo: Jo\nSubject: Text from Sam\n\n4pm?",
        "Yes",
    ),
    "Outlook, bold, in German": (
        "Ja\n\n*Von:* Sam\n*Gesendet:* Freitag\n*An:* Jo\n*Betreff:* Text\n\n4pm?",
        "Ja",
    ),
    "Original Message": ("Yes\n\n-----Original Message-----\nFrom: Sam\n\n4pm?", "Yes"),
    "Ursprüngliche Nachricht": ("Ja\n----- Ursprüngliche Nachricht -----\nVon: Sam", "Ja"),
    "answers between the lines": ("> 4pm?\nYes\n> Where?\nAt Jo's", "Yes\nAt Jo's"),
    "an answer at the end": ("On 20 Nov 2026, Sam <s@x> wrote:\n> 4pm?\n\nYes", "Yes"),
    "a signature": ("Yes\n-- \nJo Smith\nACME Ltd", "Yes"),
    "a signature without its space": ("Yes\n--\nJo Smith", "Yes"),
    "Sent from my iPhone": ("Yes\n\nSent from my iPhone\n", "Yes"),
    "Get Outlook": ("Yes\n\nGet Outlook for Android<https://aka.example/x>", "Yes"),
    "Von meinem iPhone gesendet": ("Ja\n\nVon meinem iPhone gesendet", "Ja"),
    "all of them": (
        "Yes\n\nSent from my phone\n\n-- \nJo\n\nOn 20 Nov 2026, Sam <s@x> wrote:\n\n> 4pm?",
        "Yes",
    ),
}

KEPT = {
    "blank lines": "One\n\n\n\nTwo",
    "a row of dashes": "One\n----------\nTwo",
    "a row of stars": "***** Nagios *****\nHost: web1",
    "colons": "From: the roof\nWe saw: three gulls\nTo: be continued",
    "On without a date": "On the table he wrote:\nall is well",
    "On with a colon": "On 3 May at 5:\nbring cake",
    "dashes inside a line": "a fix -- this is no signature\nbye",
    "Sent from in the middle": "Sent from my iPhone\nor was it?",
    "Sent from in a sentence": "Hi\nSent from my desk, which is green",
    "a mail's header, told": "From: jo@x\nis what it says",
}


@pytest.mark.parametrize(("text", "left"), ROWS.values(), ids=ROWS.keys())
def test_an_answer_is_only_what_was_written(text: str, left: str) -> None:
    assert tidy(cleaned(lines_of(text), answer=True, subject="Re: Friday").text) == left


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_words_are_kept(text: str) -> None:
    assert cleaned(lines_of(text), answer=True, subject="Re: Friday").text == text


def test_history_is_the_message_where_nothing_is_answered() -> None:
    text = "See below\n\n-----Original Message-----\nFrom: Sam\n\n4pm?"
    assert cleaned(lines_of(text), answer=False, subject="Fwd: Friday").text == text


def test_where_nothing_is_left_the_subject_stands_for_it() -> None:
    assert cleaned(lines_of("> 4pm?"), answer=True, subject="Yes").text == ""


def test_a_rule_that_leaves_nothing_is_not_applied_without_a_subject() -> None:
    assert cleaned(lines_of("> 4pm?"), answer=True, subject="").text == "> 4pm?"


def test_the_rules_that_took_something_are_named() -> None:
    found = cleaned(lines_of("Yes\n-- \nJo\n> 4pm?"), answer=True, subject="")
    assert found.by == ("quotes", "signature")
    assert {name for name, _, _ in RULES} >= set(found.by)


@pytest.mark.parametrize(
    "text",
    [
        "On 1 x wrote:\n" * 20_000,
        "On 1\n" * 50_000,
        "On 1 x wrote:\n>\nyes\n" * 12_000,
        "On 1 " + "wrote " * 90 + ":\n" + ("On 1 " + "wrote " * 90 + "\n") * 400,
        ">\n\n" * 80_000,
        "\n" * 250_000 + ">\n",
        "From: a\n" * 30_000,
        "Sent from my x\n" * 17_000,
        "x" * 250_000 + ":",
        "--- On 1 " * 25_000,
    ],
    ids=range(10),
)
def test_no_mail_takes_long_to_clean(text: str) -> None:
    began = time.process_time()
    cleaned(lines_of("Yes\n" + text), answer=True, subject="x")
    assert time.process_time() - began < 1.5
