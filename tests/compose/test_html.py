"""HTML as the text that a reader sees."""

from __future__ import annotations

import time

import pytest

from bridge.compose import html


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Hi</p><p>Sam</p>", "Hi\nSam"),
        ("Hi<br>Sam &amp; Jo&nbsp;&pound;5", "Hi\nSam & Jo £5"),
        ("a\n  b\t c", "a b c"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<h1>One</h1>Two<hr>Three", "One\nTwo\nThree"),
        ("<ul><li>one<li><b>two</b></ul>", "- one\n- two"),
        # tables
        ("<table><tr><td>Host<td>web1<tr><td>State:<td>DOWN</table>", "Host: web1\nState: DOWN"),
        ("<table><tr><td></td><td>only</td></tr></table>", "only"),
        ("<table><tr><td>a</td><td>b</td><td>c</td></tr></table>", "a: b c"),
        ("<table><tr><td><p>one</p><p>two</p><td>three</table>", "one\ntwo\nthree"),
        ("<table><tr><td><table><tr><td>a<td>b</table></table>", "a: b"),
        # links
        ('<a href="https://example.com/x">this page</a>', "this page (https://example.com/x)"),
        ('<a href="https://example.com/">example.com</a>', "example.com"),
        ('<a href="http://www.example.com">http://example.com/</a>', "http://example.com/"),
        ('<a href="mailto:jo@example.com">Jo</a>', "Jo"),
        ('<a href="javascript:alert(1)">Go</a>', "Go"),
        ('<a href="https://example.com/x"><img src="x" alt="Logo"></a>', ""),
        # what nobody sees
        ("<style>p{}</style><script>x<y</script><title>T</title>Hi", "Hi"),
        ('<div style="display: none">Preheader</div>Hi', "Hi"),
        ('<span style="font-size:0px;color:#fff">Preheader</span>Hi', "Hi"),
        ('<span style="font-size:0.9em">Small</span>', "Small"),
        ('<div style="max-height:0;mso-hide:all">x</div><p hidden>y</p>Hi', "Hi"),
        ('Hi<img src="https://t.example/p.gif" width=1 height=1 alt="pixel">', "Hi"),
        ("<!-- note --><![if mso]>Hi<![endif]>", "Hi"),
        # quotations
        ("Yes<blockquote>old<br>older</blockquote>", "Yes\n> old\n> older"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n> b"),
        # broken
        ("<b>Hi <i>Sam</b></i>", "Hi Sam"),
        ("<p>Hi <![¼ there", "Hi"),
        ("Hi <", "Hi <"),
        ("", ""),
    ],
)
def test_html_reads(source: str, text: str) -> None:
    assert html.rendered(source) == text


HOSTILE = {
    "open comments": "<!--" * 250_000,
    "less-than signs": "<" * 1_000_000,
    "nested blocks": "<div>" * 200_000 + "deep",
    "nested tables": "<table><tr><td>x" * 60_000,
    "nested links": "<a href=https://e.example>x" * 40_000,
    "nested quotations": "<blockquote>x" * 70_000,
    "tables around a megabyte": "<table><tr><td>" * 30 + "x " * 450_000,
    "misnested": "<b><p>x" * 140_000,
    "attributes": "<p " + " ".join(f"b{n}=c" for n in range(90_000)) + ">x",
    "a style": '<p style="' + "display " * 120_000 + '">x',
    "references": "&amp;" * 200_000 + "&" * 100_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_html_is_read_in_bounded_time(source: str) -> None:
    began = time.process_time()
    assert len(html.rendered(source)) <= html.MAX_HTML
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "is_source"),
    [
        ("<!DOCTYPE html><p>x", True),
        ("\n <html lang=en>", True),
        ("<b>x</b>", False),
        ("I wrote <html> today", False),
    ],
)
def test_a_page_that_calls_itself_plain_is_known(text: str, is_source: bool) -> None:
    assert html.is_source(text) is is_source
