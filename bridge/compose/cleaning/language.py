"""What one language calls the things around a quoted mail."""

from __future__ import annotations

from typing import NamedTuple


class Language(NamedTuple):
    """What one language calls the things around a quoted mail.

    An attribution `opens` with one word and has another of `wrote`; a sentence that tells of what
    was written has its author's `own` pronoun at that word, or begins with one of `joins`.  A
    header's lines are labelled `sender`, `date`, `to`, `copy` and `subject`; `original` and
    `forwarded` are the headings, without the dashes around them, of what is answered and of what
    is passed on.  What is not known is left out.
    """

    opens: tuple[str, ...] = ()
    wrote: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    sender: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    original: tuple[str, ...] = ()
    forwarded: tuple[str, ...] = ()
