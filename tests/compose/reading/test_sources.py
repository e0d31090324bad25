"""Texts that call themselves plain and are HTML, and those that only speak of it."""

from __future__ import annotations

import time

import pytest

from bridge.compose.reading.sources import is_source

PAGES = [
    "<!DOCTYPE html><p>x",
    "\n <html lang=en>",
    "<b>ALARM</b> zone 3<br>",
    "<body><p>Disk full</p></body>",
    "<div>Disk&nbsp;full</div>",
    '<p style="color:red">Disk <o:p></o:p><b>full</b> on <i>web1</i>',
    "Disk full<br>on web1<br>",
    "Zone: <b>3</b><br/>State: <b>OPEN</b><br/>",
    "Dear Sam,<p>The <b>roof</b> is <i>done</i>.</p><p>See you</p>",
]
TEXTS = [
    "",
    "<b>x",
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
