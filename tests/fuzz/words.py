"""What is worth putting in, for each way in: the words between the bars."""

from __future__ import annotations


def _words(text: str) -> tuple[bytes, ...]:
    return tuple(each.encode("utf-8", "surrogateescape") for each in text.split("|"))


MAIL = _words(
    "Content-Type: |Content-Transfer-Encoding: |Content-Disposition: attachment|message/rfc822"
    "|multipart/mixed; boundary=|multipart/alternative|multipart/report|text/plain; charset="
    "|text/html|text/calendar|application/ms-tnef|image/jpeg|base64|quoted-printable|7bit|utf-8"
    "|utf-7|iso-2022-jp|utf-16|=?utf-8?q?|=?utf-8?b?|?=|\r\n--b\r\n|\r\n--b--\r\n|\r\n\r\n"
    "|name*0*=|filename*=utf-8''|format=flowed; delsp=yes|<div>|</div>|<blockquote>"
    '|<table><tr><td>|<br>|<!--|&nbsp;|style="display:none"|\r\n> |\r\n-- \r\n'
    "|On Fri, 20 Nov 2026 at 12:00, Sam <sam@example.com> wrote:|-----Original Message-----"
    "|Subject: |From: |To: |Auto-Submitted: |UserContext: |Received: |In-Reply-To: |X-SMS-Type: "
    "|X-SMS-Max: |X-SMS-From: |X-SMS-UDH: |X-SMS-Report: |begin 644 a\r\n"
    "|-----BEGIN PGP SIGNED MESSAGE-----"
)
FORM = _words(
    "To:447700900123|Username: |Password: |UserContext:|MaxConcat:|From:|ReplyTo:"
    "|[StartOfMessage]|\r\n\r\n|, |;|Subject: |=?utf-8?q?"
)
DATA = _words("\r\n.\r\n|\n.\n|\r\n|\r|\n|\0")
SESSION = DATA + _words(
    "EHLO x\r\n|HELO x\r\n|RSET\r\n|NOOP\r\n|QUIT\r\n|STARTTLS\r\n|DATA\r\n|BDAT 3 LAST\r\n"
    "|MAIL FROM:<jo@example.com>\r\n|RCPT TO:<447700900123@sms.example.com>\r\n|SIZE=1000"
    "|AUTH PLAIN |AUTH LOGIN\r\n|AGpvAGNvcnJlY3QgaG9yc2U=\r\n|*\r\n|=\r\n|@sms.example.com>"
    "|sendsms|explain|bounces|alerts-subscribe|To:447700900123\r\n|\udcff|MAIL FROM:<>\r\n"
    "|Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\r\n"
)
ADDRESS = _words(
    '@sms.example.com|.voice|.mms|.max10|.urgent|.unicode|sms:|(0)|+44|0044|7kq2pab3xd|%|!|"|\\'
)
COMMAND = _words(
    "FROM:<|TO:<|>| SIZE=| BODY=| RET=| ENVID=| NOTIFY=|NEVER| ORCPT=rfc822;|+2B|SMTPUTF8"
    '| AUTH=<>|"|\\|@'
)
NUMBERS = _words("07700 900123|+44|\n|, |ext.|sam")
RELAY = _words(
    "Authentication-Results: |mx.example.com;|dmarc=pass| header.from=example.com|; |(|)|\"|\\"
    "|\r\n |From: |jo@example.com|reason=|.|\r\nFrom : x@example.com|\x0b|\xa0|/1|none"
)  # fmt: skip
ANSWER = _words(",ID:|ERR:|DELAY:|BALANCE:|OK|<br>|447700900123|\r\n")
CALLBACK = _words(
    "&from=|&text=|&msgid=|&usercontext=|&type=5|&filelist=|&toaddr=|&status=|&sublistname="
    "|&action=|%0A|%00|%ED%A0%80|%C2%85|%E2%80%A8|charset=utf-8|multipart/form-data; boundary="
    "|--b\r\n"
)
NOTICE = _words(
    '\r\nBcc: v@e.org|\r\n\r\n|=?utf-8?q?=0A?=|\u2028|\u202e|\udced\udca0\udc80|"|\\|<a@b>|--=_'
    "|\r\n.\r\n|ё"
)
SETTINGS = _words(
    '[smtp]\n|[[senders]]\n|[users.x]\n|"""|= [|= {|true|1e400|2026-11-22|\nBRIDGE_|__|nan'
    "|\\ud800|\\u0000|\n%%\n"
)
PAGE = _words("<div>|</div>|<table>|<tr><td>|<!--|style=|<pre>|<li>|&#0;|<a href=")
WINMAIL = _words("\x0f\udc80|\x03\udc90|\x01\x10|\x1f\0|\x09\x10|\x02\x01")
RICH = _words("\\u|\\'|{\\*\\|\\par|LZFu|\\bin9|}")
CALENDAR = _words("DTSTART|RRULE:|\r\n |TZID=|DURATION:|;VALUE=DATE:")
PICTURE = _words("\udcff\udcda|IDAT|IEND|!\udcf9|,|\udcff\udcd9")
TEXT = _words("€|я|😀|\u0301|\u200d|\xa0| ")
HTTP = CALLBACK + _words(
    "POST /callback/0123456789abcdefghijklmnopqrstuv HTTP/1.1\r\n|GET |HTTP/1.0|\r\n\r\n|\r\n|: "
    "|Host: x\r\n|Content-Length: |Content-Length: 10\r\n|Transfer-Encoding: chunked\r\n|0\r\n\r\n"
    "|Content-Type: |Expect: 100-continue\r\n|Connection: close\r\n|Upgrade: websocket\r\n|a\r\n"
)
