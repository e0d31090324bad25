"""Texts that call themselves plain and are HTML, and those that only speak of it."""

from __future__ import annotations

import time

import pytest

from bridge.compose.reading.sources import has_lines, is_no_page, is_source

PAGES = [
    "<!DOCTYPE html><p>x",
    "\n <html lang=en>",
    "<b>ALARM</b> zone 3<br>",
    "<body><p>Disk full</p></body>",
    "<div>Disk&nbsp;full</div>",
    '<p style="color:red">Disk <o:p></o:p><b>full</b> on <i>web1</i>',
    "Disk full<br>on web1<br>",
    "<b>Disk full<br>on web1",
    "<b>web1</b>: DOWN\nload 5\n<i>disk</i> full\nLine",
    '<p style="color:red">Disk full<p>Call me',
    "Zone: <b>3</b><br/>State: <b>OPEN</b><br/>",
    "Dear Sam,<p>The <b>roof</b> is <i>done</i>.</p><p>See you</p>",
]
TEXTS = [
    "",
    "<b>x",
    "<i> frame lost\n<p> frame lost 3 > 2",
    "I wrote <html> today",
    "<br> is not closed on page 3",
    "Use <br> or <br /> for a new line",
    "Put `<br>` behind it, not '<br>'",
    "Change </b> and </i> to </strong>",
    "Template error: <div><span>{{ x }}</span></div> in mail.html",
    "DOWN: <host> web1, <service> disk",
    "<host>web1</host><state>DOWN</state>",
    "<?xml version='1.0'?><p>x</p><b>y</b>",
    "<table><row>1</row><row>2</row><row>3</row></table>",
    "<alert><b>web1</b><i>down</i></alert>",
    "Jo <jo@example.com> and Sam <sam@example.com>",
    "a < b and c > d, i <3 u",
    "x<br",
]


@pytest.mark.parametrize("text", PAGES)
def test_a_page_that_calls_itself_plain_is_known(text: str) -> None:
    assert is_source(text)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_speaks_of_tags_is_none(text: str) -> None:
    assert not is_source(text)


@pytest.mark.parametrize("text", ["<" * 250_000, "<b " * 80_000, "<a>" * 80_000, " " * 250_000])
def test_it_is_known_soon(text: str) -> None:
    began = time.process_time()
    is_source(text)
    assert time.process_time() - began < 0.2


@pytest.mark.parametrize(
    ("page", "it_has"),
    [
        ("<b>web1</b>: DOWN\nload 5\n<i>disk</i> full", False),
        ("<b>web1</b>: DOWN<br>load 5", True),
        ("<p>web1\nis down</p>", True),
        ("<pre>web1\nis down</pre>", True),
        ("<html>web1", True),
    ],
)
def test_a_page_breaks_its_lines_by_tags_or_not_at_all(page: str, it_has: bool) -> None:
    assert has_lines(page) is it_has


@pytest.mark.parametrize(
    ("text", "is_none"),
    [
        ("user <bob@x.y> state <unknown>", True),
        ("DOWN: <host> web1\n<service> disk", True),
        ("user <bob@x.y> <b>down</b>", False),
        ("<center>Hi</center>", False),
        ("<custom>Hi<br></custom>", False),
        ("<!-- x --> <unknown>", False),
        ("Hi<o:p></o:p>", False),
        ("no tag, 3 < 4 and 5 > 4", False),
        ("", False),
    ],
)
def test_what_calls_itself_html_may_have_none_of_its_tags(text: str, is_none: bool) -> None:
    assert is_no_page(text) is is_none


@pytest.mark.parametrize("text", ["<" * 250_000, "<b@ " * 80_000, "<ab>" * 80_000])
def test_that_is_known_soon_too(text: str) -> None:
    began = time.process_time()
    is_no_page(text)
    has_lines(text)
    assert time.process_time() - began < 0.2
