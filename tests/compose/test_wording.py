"""What becomes the text of a mail's words: nothing lost, and nothing twice."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.compose.wording import Words, first_line, last_lines, without_repeats, worded
from bridge.core.choices import TEMPLATE_FIELDS

SUBJECT = "** PROBLEM Service Alert: web1/HTTP is CRITICAL **"
NAGIOS = """***** Nagios *****

Notification Type: PROBLEM

Service: HTTP
Host: web1
State: CRITICAL

Additional Info:

Connection refused
"""

ALERT = Words("Disk full", "\nweb1 /var 98%\n-----\nweb2 /var 97%\n\n", "root@web1")
SEVEN = Words("Log", "one\ntwo\n\n=====\nthree\nfour\nfive\nsix\nseven\n---\n", "")
ONLY_BODY = Words("", "Disk full", "")
ONLY_SUBJECT = Words("Disk full", "", "")

FORMS = [
    ("body", ALERT, "web1 /var 98%\n-----\nweb2 /var 97%"),
    ("subject", ALERT, "Disk full"),
    ("subject+body", ALERT, "Disk full\nweb1 /var 98%\n-----\nweb2 /var 97%"),
    ("{subject}: {first_line}", ALERT, "Disk full: web1 /var 98%"),
    ("{from}: {body}", ALERT, "root@web1: web1 /var 98%\n-----\nweb2 /var 97%"),
    ("{last_5_lines}", SEVEN, "three\nfour\nfive\nsix\nseven"),
    ("{last_5_lines}", ALERT, "web1 /var 98%\nweb2 /var 97%"),
    ("{alert}", ALERT, "Disk full\nweb1 /var 98%\n-----\nweb2 /var 97%"),
    ("Page: {alert}", ONLY_SUBJECT, "Page: Disk full"),
    ("{{{subject}}}", ALERT, "{Disk full}"),
    ("{{subject}} {subject}", ALERT, "{subject} Disk full"),
    # nothing is lost
    ("{nagios}", ALERT, "Disk full\nweb1 /var 98%\n-----\nweb2 /var 97%"),
    ("Down: {nagios_host}!", ALERT, "Disk full\nweb1 /var 98%\n-----\nweb2 /var 97%"),
    ("{nagios_host}{subject}", ALERT, "Disk full"),
    ("body", ONLY_SUBJECT, "Disk full"),
    ("{body}", ONLY_SUBJECT, "Disk full"),
    ("subject", ONLY_BODY, "Disk full"),
    ("{subject}", ONLY_BODY, "Disk full"),
    ("subject+body", ONLY_BODY, "Disk full"),
    ("subject+body", Words("", "*****", ""), "*****"),
    ("subject+body", Words("", "", "root@web1"), ""),
]


@pytest.mark.parametrize(("form", "words", "text"), FORMS)
def test_a_form_of_words_is_a_text(form: str, words: Words, text: str) -> None:
    assert worded(form, words) == text


def test_what_a_field_holds_is_no_template() -> None:
    assert worded("{subject} {body}", Words("{body}", "{from} {{", "x")) == "{body} {from} {{"


def test_an_alert_goes_without_its_row_of_stars_and_repeats() -> None:
    assert worded("subject+body", Words(SUBJECT, f"{NAGIOS}\n{SUBJECT}", "")) == (
        f"{SUBJECT}\nNotification Type: PROBLEM\nService: HTTP\nHost: web1\nState: CRITICAL\n"
        "Additional Info:\nConnection refused"
    )


KEPT = [
    ("Disk full", "-----"),
    ("Disk full", "=========="),
    ("Disk full", "*** * ***"),
    ("Disk full", "+------+-----+"),
    ("Disk full", "━━━━━━━"),
    ("Disk full", "*** URGENT ***"),
    ("Disk full", "***** Call Jo before you reboot *****"),
    ("Disk full", "--"),
    ("Disk full", "?!"),
    ("Disk full", "..."),
    ("Disk full", "100"),
    ("Disk full", "👍"),
    ("Disk full", "Disk full on web1"),
    ("Disk full on web1", "web1"),  # a line of its own may be a row of a table
    ("Disk full on web1", "Disk full"),
    ("It is 5 degrees", "It is -5 degrees"),
    ("Load is >5 now", "Load is <5 now"),
    ("Load is 15", "Load is 1.5"),
    ("", "Disk full"),
]
DROPPED = [
    ("Disk full", "Disk full"),
    ("Disk full", "** DISK FULL! **"),
    ("[PROBLEM] HTTP on web1 is CRITICAL!", "HTTP on web1 is CRITICAL!"),
    ("Disk full", "***** Nagios *****"),
    ("", "***** Icinga *****"),
]


@pytest.mark.parametrize(("subject", "line"), KEPT)
def test_what_says_something_stays(subject: str, line: str) -> None:
    assert without_repeats(f"a\n{line}\nb", subject) == f"a\n{line}\nb"


@pytest.mark.parametrize(("subject", "line"), DROPPED)
def test_what_only_repeats_or_names_a_program_goes(subject: str, line: str) -> None:
    assert without_repeats(f"a\n{line}\nb", subject) == "a\nb"


def test_the_first_and_the_last_lines_are_those_that_say_something() -> None:
    assert first_line("\n ***** \n  Disk full \nweb1") == "Disk full"
    assert first_line(" \n---\n") == ""
    assert last_lines("a\nb\n\n-----\n", 1) == "b"
    assert last_lines("", 5) == ""


@given(st.text(alphabet="-*= \n", max_size=200), st.text(max_size=50))
def test_a_line_that_says_something_is_never_lost(body: str, line: str) -> None:
    line = " ".join(line.split())
    text = worded("subject+body", Words("Subject", f"{body}\n{line} web1 98%\n{body}", ""))
    assert f"{line} web1 98%".strip() in text


@pytest.mark.parametrize("piece", ["- ", "*", "* a ", "a ", "a b c\n", "*** a ***\n", "1-", "\n"])
def test_long_bodies_take_little_time(piece: str) -> None:
    words = Words((piece * 4000)[:4000], (piece * 256_000)[:256_000], "")
    began = time.process_time()
    worded("subject+body", words)
    worded("".join(f"{{{each}}}" for each in TEMPLATE_FIELDS), words)
    assert time.process_time() - began < 2.0  # all take a fraction of that
