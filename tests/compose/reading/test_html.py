"""HTML as the text that a reader sees."""

from __future__ import annotations

import time

import pytest

from bridge.compose.lines import Line, text_of
from bridge.compose.reading import html

TEAMS = f"https://teams.microsoft.com/l/meetup-join/{'19%3a' * 40}"
ZOOM = f"https://acme.zoom.us/j/99?pwd={'x' * 160}"
WORD = (  # an item of a list as Outlook for Windows writes it
    "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]>"
    "<span style='font-family:Symbol'><span style='mso-list:Ignore'>{}"
    "<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span></span></span><![endif]>"
)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Hi</p><p>Sam</p>", "Hi\nSam"),
        ("Hi<br>Sam &amp; Jo&nbsp;&pound;5", "Hi\nSam & Jo £5"),
        ("a\n  b\t c", "a b c"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<h1>One</h1>Two<hr>Three", "One\nTwo\nThree"),
        ("<ul><li>one<li><b>two</b></ul>", "- one\n- two"),
        (
            "<ul><li><p>one</p></li><li><div>two</div><div>more</div></li></ul>",
            "- one\n- two\nmore",
        ),
        ("<ul><li></li></ul>after", "after"),
        ('<div style="white-space: pre-wrap">a\nb</div>', "a\nb"),
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
        ('<a href="mailto:jo@example.com">Jo</a>', "Jo (jo@example.com)"),
        ('<a href="mailto:Jo@example.com?subject=x">jo@example.com</a>', "jo@example.com"),
        ('<a href="MAILTO:jo%40example.com">Jo</a>', "Jo (jo@example.com)"),
        ('<a href="mailto:?body=x">Share</a>', "Share"),
        ('<a href="sms:+44201?body=Hi">Ann</a>', "Ann (+44201)"),
        ('<a href="tel:+442079460000">020 7946 0000</a>', "020 7946 0000"),
        ('<a href="tel:%2B44-20-7946-0000">+44 (0)20 7946 0000</a>', "+44 (0)20 7946 0000"),
        ('<a href="tel:+442079460000">flat 4, Ann</a>', "flat 4, Ann (+442079460000)"),
        ('<a href="javascript:alert(1)">Go</a>', "Go"),
        ('<a href="https://example.com/x"><img src="x" alt="Logo"></a>', ""),
        ('<a href="tel:+44201">Call</a> <a href="#top">Top</a>', "Call (+44201) Top"),
        (
            '<a href="https://e.example/a">Shop</a> and <a href="https://e.example/a">shop</a>',
            "Shop (https://e.example/a) and shop",
        ),
        (f'<a href="https://t.example/{"x" * 200}">Read on</a>', "Read on"),
        (f'Join <a href="{TEAMS}">here</a>', f"Join here ({TEAMS})"),
        (f'<a href="{ZOOM}">Join</a>', f"Join ({ZOOM})"),
        (f'<a href="{TEAMS}{"x" * 300}">Join</a>', "Join"),
        (f'<a href="{TEAMS.replace("microsoft.com", "microsoft.com.e.example")}">x</a>', "x"),
        (f'<a href="https://notzoom.us/j/{"x" * 200}">Join</a>', "Join"),
        (
            '<a href="https://e.example/a"><div>Read<br>on</div></a>Next',
            "Read\non (https://e.example/a)\nNext",
        ),
        ('<p><a href="https://e.example/a">Go </a>now</p>', "Go (https://e.example/a) now"),
        (
            '<a href="https://nam02.safelinks.protection.outlook.com/?url=x&data=1">'
            "https://e.example/x</a>",
            "https://e.example/x",
        ),
        ('<a href="https://t.example/c/1">www.e.example</a>', "www.e.example"),
        (
            '<a href="https://e.example/reset?t=1">https://e.example</a>',
            "https://e.example (https://e.example/reset?t=1)",
        ),
        (
            '<a href="https://t.example/1">https://e.example/a/very/lo...</a>',
            "https://e.example/a/very/lo... (https://t.example/1)",
        ),
        ('<a href="https://t.example/1">e.example</a>', "e.example (https://t.example/1)"),
        # pictures that say something
        (
            'Due: <a href="https://e.example/p"><img alt="Pay now" src="b.png"></a>',
            "Due: Pay now (https://e.example/p)",
        ),
        ('<a href="https://e.example/p"><img alt="ACME logo"></a>Hi', "Hi"),
        ('<a href="https://e.example/p">Pay <img alt="Pay now"></a>', "Pay (https://e.example/p)"),
        ('<img alt="Pay now">Hi', "Hi"),
        (
            '<a href="https://e.example/1"><img alt="Blue shoes"></a>' * 9 + "Hi",
            "Blue shoes (https://e.example/1)Blue shoesBlue shoesHi",
        ),
        ('Yes <img data-emoji="👍" alt="👍" src="x">', "Yes 👍"),
        ('<img class="EmojiInsert" alt="❤️‍🔥🇬🇧1️⃣">', "❤️‍🔥🇬🇧1️⃣"),
        ('Hi<img alt="→"><img alt=":-)"><img alt="5"><img alt="©">', "Hi"),
        # lists that count
        ("<ol><li>one<li>two</ol>", "1. one\n2. two"),
        ('<ol start="3"><li>three<li value=7>seven<li>eight</ol>', "3. three\n7. seven\n8. eight"),
        ("<ol><li>a<ul><li>b</ul><li>c</ol>", "1. a\n- b\n2. c"),
        ('<ol start="x"><li>one</ol>', "1. one"),
        (f"{WORD.format('·')}one</p>{WORD.format('§')}two</p>", "- one\n- two"),
        (f"{WORD.format('o')}one</p>{WORD.format('1.')}two</p>", "- one\n1. two"),
        ("<p>a · b</p><p>§ 5</p><p>o</p>", "a · b\n§ 5\no"),
        # what was struck out
        ("Come at <s>4</s> 6", "Come at 6"),
        ("Come at <del>4</del> <strike>5</strike> 6", "Come at 6"),
        ('Come at <span style="text-decoration: underline line-through">4</span> 6', "Come at 6"),
        ('Come at <u style="text-decoration:underline">6</u>', "Come at 6"),
        # style sheets
        ("<style>.x, p.y{display:none}</style><b class=x>a</b><p class='z y'>b</p>Hi", "Hi"),
        ("<style>.x{display:none}</style><b class=x style='display:inline'>Hi</b>", "Hi"),
        ("<style>.x{display:none}.x{display:block}</style><b class=x>Hi</b>", "Hi"),
        ("<style>@media print{.x{display:none}}</style><b class=x>Hi</b>", "Hi"),
        ("<style>.y .x{display:none}.x:hover{display:none}</style><b class=x>Hi</b>", "Hi"),
        ("<style>/*.x{display:none}*/.y{color:red}</style><b class=x>Hi</b>", "Hi"),
        ("<style>@import 'a'; .x{visibility : hidden !important}</style><b class=x>a</b>Hi", "Hi"),
        ("<!--[if mso]><style>.x{display:none}</style><![endif]--><b class=x>Hi</b>", "Hi"),
        ('<div style="position:absolute;left:-9999px">Read this aloud</div>Hi', "Hi"),
        # what nobody sees
        ("<style>p{}</style><script>x<y</script><title>T</title>Hi", "Hi"),
        ('<div style="display: none">Preheader</div>Hi', "Hi"),
        ('<span style="font-size:0px;color:#fff">Preheader</span>Hi', "Hi"),
        ('<span style="font-size:0.9em">Small</span>', "Small"),
        ('<div style="max-height:0;mso-hide:all">x</div><p hidden>y</p>Hi', "Hi"),
        ('Hi<img src="https://t.example/p.gif" width=1 height=1 alt="pixel">', "Hi"),
        ("<!-- note --><![if mso]>Hi<![endif]>", "Hi"),
        ("<!--[if mso]><b>Outlook</b><![endif]--><!--[if !mso]><!-->Hi<!--<![endif]-->", "Hi"),
        ('<p class="MsoNormal">Hi<o:p></o:p></p><p><o:p>&nbsp;</o:p></p>', "Hi"),
        # preheaders and their padding
        ('<span style="line-height:1px;overflow:hidden;height:1px">Preheader</span>Hi', "Hi"),
        ('<div style="width:0;height:0;overflow:hidden">Preheader</div>Hi', "Hi"),
        ('<div style="color:transparent">Preheader</div>Hi', "Hi"),
        ('<div style="font-size:1px;color:#ffffff">Preheader</div>Hi', "Hi"),
        ('<span class="preheader">Preheader</span>Hi', "Hi"),
        ("<div>&zwnj;&nbsp;&#8203;&nbsp;&#847;&nbsp;</div>Hi", "Hi"),
        ("Hi&zwnj;&nbsp;&zwnj;&nbsp;&zwnj;&nbsp;Sam", "Hi Sam"),
        ("می&zwnj;خواهم", "می\u200cخواهم"),
        ("👩&zwj;🚀", "👩\u200d🚀"),
        # what is seen, whatever it looks like
        ('<td style="font-size:0px"><div style="font-size:14px">Hi</div></td>', "Hi"),
        ('<a style="mso-hide:all" href="https://e.example">Pay</a>', "Pay (https://e.example)"),
        ('<p style="line-height:1;opacity:0.9;max-height:100px">Hi</p>', "Hi"),
        ('<p style="overflow:hidden;height:auto">Hi</p>', "Hi"),
        # quotations
        ("Yes<blockquote>old<br>older</blockquote>", "Yes\n> old\n> older"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n> b"),
        (
            "FYI<blockquote type=cite>Begin forwarded message:<br>Lunch?"
            "<blockquote>when</blockquote></blockquote>",
            "FYI\nBegin forwarded message:\nLunch?\n> when",
        ),
        (
            "Ok<blockquote type=cite>Jo wrote:<br>---- Forwarded message ----<br>Lunch?",
            "Ok\n> Jo wrote:\n> ---- Forwarded message ----\n> Lunch?",
        ),
        # broken
        ("<b>Hi <i>Sam</b></i>", "Hi Sam"),
        ("<p>Hi <![¼ there", "Hi"),
        ("Hi <", "Hi <"),
        ("", ""),
    ],
)
def test_html_reads(source: str, text: str) -> None:
    assert text_of(html.rendered(source).lines) == text


# ---------------------------------------------------------------- marks of mail programs

SIGNATURES = {
    "Gmail": '<div class="gmail_signature" data-smartmail="gmail_signature">Jo<br>ACME</div>',
    "Gmail's dashes": '<span class="gmail_signature_prefix">-- </span>',
    "Outlook for Windows": '<p><a name="_MailAutoSig"><span>Jo</span></a></p>'
    "<p><span style='mso-bookmark:_MailAutoSig'><b>ACME</b></span></p>",
    "Outlook on the web": '<div id="Signature"><p>Jo</p></div>',
    "Outlook for Mac": '<div id="MAC_OUTLOOK_SIGNATURE">Jo</div>',
    "Outlook on phones": '<div id="ms-outlook-mobile-signature">Get Outlook for iOS</div>',
    "Thunderbird": '<pre class="moz-signature" cols="72">-- \nJo</pre>',
    "Yahoo": '<div class="ydp3a4b5c6dsignature">Jo</div>',
    "Apple Mail": '<div id="AppleMailSignature" dir="ltr">Sent from my iPhone</div>',
    "Proton": '<div class="protonmail_signature_block">Jo</div>',
    "Spark": '<div name="messageSignatureSection"><br>Jo</div>',
    "Zimbra": '<div data-marker="__SIG_POST__">Jo</div>',
    "Roundcube": '<div id="_rc_sig">Jo</div>',
    "Evolution": '<span class="-x-evo-signature" id="x">Jo</span>',
    "Samsung": '<div id="composer_signature">Sent from my Galaxy</div>',
}


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_the_signature_that_a_mail_program_marks_is_known(signature: str) -> None:
    first, *rest = html.rendered(f"<p>On my way</p>{signature}").lines
    assert first == Line("On my way")
    assert rest
    assert {line.within for line in rest} == {"signature"}


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param('<div id="ms-outlook-mobile-signature">Call me</div>', id="typed into it"),
        pytest.param('<div id="AppleMailSignature">Call me</div>', id="typed into Apple's"),
        pytest.param('<form id="signature">Sign here</form>', id="a form's field"),
        pytest.param('<p class="signature-needed">Sign here</p>', id="a class of one's own"),
        pytest.param('<p>Yours <a name="_MailAutoSig">Jo</a></p>', id="half a line"),
    ],
)
def test_what_may_be_the_message_is_not_marked(mail: str) -> None:
    assert [line.within for line in html.rendered(mail).lines] == [""]


HISTORY = {
    "Gmail": '<div class="gmail_quote gmail_quote_container"><div class="gmail_attr">On Mon Jo '
    'wrote:<br></div><blockquote class="gmail_quote">old</blockquote></div>',
    "Apple Mail": '<blockquote type="cite"><div>On 3 May, Jo wrote:</div>old</blockquote>',
    "Thunderbird": '<div class="moz-cite-prefix">Am 3. Mai schrieb Jo:<br></div>'
    '<blockquote type="cite" cite="mid:x">old</blockquote>',
    "Yahoo": '<div id="ydp1yahoo_quoted_12" class="ydp1yahoo_quoted">On Monday Jo wrote: old</div>',
    "Yahoo, older": '<div class="yahoo_quoted" id="yahoo_quoted_12">old</div>',
    "Outlook on the web": '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: Jo</div>'
    "<div>old<br>older</div>",
    "Outlook for Windows": "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt "
    "0cm 0cm 0cm'><p><b>From:</b> Jo</p></div><p>old</p>",
    "Outlook for Mac": '<span id="OLK_SRC_BODY_SECTION">From: Jo<br>old</span>',
    "Proton": '<div class="protonmail_quote">On Monday, Jo wrote:<blockquote '
    'class="protonmail_quote" type="cite">old</blockquote></div>',
    "Zimbra": '<div data-marker="__HEADERS__">From: Jo</div><div data-marker="__QUOTED_TEXT__">old',
    "Roundcube": '<p id="reply-intro">On 3 May, Jo wrote:</p><blockquote type="cite">old',
}


@pytest.mark.parametrize("history", HISTORY.values(), ids=HISTORY.keys())
def test_the_history_that_a_mail_program_quotes_is_known(history: str) -> None:
    first, *rest = html.rendered(f"<p>On my way</p>{history}").lines
    assert first == Line("On my way")
    assert rest
    assert {line.within for line in rest} == {"history"}


def test_what_is_written_between_quotations_is_not_history() -> None:
    found = html.rendered(
        '<div class="gmail_quote"><div class="gmail_attr">On Mon Jo wrote:</div>'
        '<blockquote class="gmail_quote">When?</blockquote><div>At four</div>'
        '<blockquote class="gmail_quote">Where?</blockquote><div>At home</div></div>'
    )
    assert found.lines == (
        Line("On Mon Jo wrote:", "history"),
        Line("> When?", "history"),
        Line("At four"),
        Line("> Where?", "history"),
        Line("At home"),
    )


@pytest.mark.parametrize(
    "forward",
    [
        '<div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------'
        "<br>From: Jo</div>Lunch?</div>",
        '<blockquote type="cite"><div>Begin forwarded message:</div>Lunch?</blockquote>',
        '<blockquote type="cite">Anfang der weitergeleiteten Nachricht:<br>Lunch?</blockquote>',
        '<div class="yahoo_quoted">----- Forwarded Message -----<br>Lunch?</div>',
        '<div class="moz-forward-container">-------- Forwarded Message --------<br>Lunch?</div>',
    ],
)
def test_a_forward_is_not_history(forward: str) -> None:
    assert {line.within for line in html.rendered(forward).lines} == {""}


def test_pictures_are_found_with_where_they_stand() -> None:
    found = html.rendered(
        '<p>Look <img src="cid:a%40x"></p><img src="https://e.example/p.gif">'
        '<div class="gmail_signature">Jo <img src="CID:logo@x"></div>'
        '<blockquote type="cite"><img src="cid:old@x">'
    )
    assert found.pictures == {
        "a@x": "",
        "https://e.example/p.gif": "",
        "logo@x": "signature",
        "old@x": "history",
    }


def test_so_are_those_that_lie_behind_the_words() -> None:
    found = html.rendered(
        '<body background="cid:paper@x"><table><td background="cid:cell@x">Hi</td></table>'
        "<div style=\"background: #fff url('cid:Band@x') no-repeat\">Sam</div>"
    )
    assert found.pictures == {"paper@x": "", "cell@x": "", "Band@x": ""}


HEADING = "<b>From:</b> Sam<br><b>Sent:</b> Friday<br>To: Jo<br>Subject: Roof<br>"


@pytest.mark.parametrize(
    ("above", "place"),
    [
        pytest.param(f"<p>Yes</p>{HEADING}", "history", id="the heading of an older mail"),
        pytest.param(f"Begin forwarded message:<br>{HEADING}", "", id="of one that is passed on"),
        pytest.param("<p>From: Leeds</p><p>To: York</p>", "", id="a journey"),
        pytest.param("<p>From: Leeds</p>" + "<p>on</p>" * 40 + "Subject: x<br>To: y", "", id="far"),
    ],
)
def test_a_picture_below_an_older_mail_s_heading_is_history(above: str, place: str) -> None:
    assert html.rendered(f'{above}<img src="cid:a@x">').pictures == {"a@x": place}


def test_a_link_that_is_left_out_for_its_length_is_noted() -> None:
    note = "a link of more than 160 characters was left out"
    href = f"https://e.example/{'x' * 200}"
    assert html.rendered(f'<a href="{href}">Reset</a> <a href="{href}y">it</a>').notes == (note,)
    assert html.rendered(f'<a href="{href}">https://e.example/x</a>').notes == ()
    assert html.rendered(f'<a href="{href}"><img src="x"></a>').notes == ()


# ---------------------------------------------------------------- bounds

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
    "nested hooks": "<blockquote type=cite>" * 60_000 + "x",
    "hooks": '<div class="gmail_attr">x</div>' * 40_000,
    "lines in nested rows": "<pre>" + "<table><tr><td>" * 10 + "\nx" * 400_000,
    "padding": "\u200c" + " " * 400_000 + "x\u200c " * 200_000,
    "items": "<li>" * 200_000,
    "styles": "<style>" + ".a{display:none}" * 60_000 + "</style>",
    "open braces": "<style>.x" + "{" * 60_000 + "</style><style>.none{" + "/* " * 20_000,
    "sheets": "<style>.a{display:none}</style>" * 30_000,
    "pictures": "<img src='cid:a' alt='👍👍'>" * 35_000,
    "addresses of pictures": "".join(f"<img src=cid:{n}>" for n in range(49_000)),
    "backgrounds": "<p style='background:url(cid:a)'>x" * 29_000,
    "headings in pieces": "<img src=cid:a>" + "<p>From: a<p>To: b" * 20_000,
    "buttons": "<a href=https://e.example><img alt='Pay now'></a>" * 20_000,
    "counted": "<ol><li>x" * 60_000,
    "references": "&amp;" * 200_000 + "&" * 100_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_html_is_read_in_bounded_time(source: str) -> None:
    began = time.process_time()
    assert len(text_of(html.rendered(source).lines)) <= html.MAX_HTML
    assert time.process_time() - began < 2


# ---------------------------------------------------------------- what is called a preview


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param('<div class="preview">Real words</div>', "Real words", id="seen"),
        pytest.param('<p class="preview" style="display:none">x</p>Hi', "Hi", id="hidden"),
        pytest.param(
            "<style>.preview{display:none}</style><p class=preview>x</p>Hi", "Hi", id="so"
        ),
        pytest.param('<p class="preview-text">x</p>Hi', "Hi", id="of a newsletter"),
    ],
)
def test_a_preview_is_left_out_only_if_it_is_hidden(source: str, words: str) -> None:
    assert text_of(html.rendered(source).lines) == words
