"""What mail programs quote of the mail that they answer.

The rest of this folder is how: the structures (classes, ids, lines in front) that the programs are
known for.  What is quoted is a mail as the bridge made it, footer and all.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

READER = "jo@example.com"


@dataclass(frozen=True)
class Quoted:
    """What programs quote of a mail: its lines, who wrote it, when, and about what."""

    name: str
    address: str
    date: datetime
    subject: str
    lines: Sequence[str]

    @property
    def mailbox(self) -> str:
        """`Sam Jones (07700 900006) <447700900006.token@sms.example.com>`"""
        return f"{self.name} <{self.address}>"

    @property
    def link(self) -> str:
        """The same in HTML, with the address to click on."""
        address = html.escape(self.address)
        return f'{html.escape(self.name)} &lt;<a href="mailto:{address}">{address}</a>&gt;'

    @property
    def text(self) -> str:
        """Its lines as they are."""
        return "\n".join(self.lines)

    @property
    def markup(self) -> str:
        """Its lines as HTML."""
        return "<br>\n".join(html.escape(each) for each in self.lines)

    def marked(self, mark: str = "> ") -> str:
        """Its lines behind a mark."""
        return "\n".join((mark + each).rstrip() for each in self.lines)

    def on(self, form: str) -> str:
        """A line that says who wrote when; `form` is for `strftime`, but for `{}`, the author."""
        return self.date.strftime(form)

    @classmethod
    def of(cls, message: EmailMessage) -> Quoted:
        """What there is to quote of a mail."""
        (author,) = message["From"].addresses
        body = message.get_body(("plain",))
        assert body is not None
        lines = str(body.get_content()).rstrip("\n").splitlines()
        name = author.display_name or author.addr_spec
        return cls(name, author.addr_spec, message["Date"].datetime, str(message["Subject"]), lines)


Words = tuple[str, str]
"""The text of an answer, and its HTML ("" where the program writes text alone)."""

Style = Callable[[str, Quoted], Words]
