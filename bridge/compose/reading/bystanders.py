"""Text parts that nobody wrote: the notices that scanners, gateways and lists add to a mail.

Each mark is a sentence or a line as such programs write it.  A part is passed over only if it is
made of marks from its first word to its last; a part that says anything else is left alone.
"""

from __future__ import annotations

import re

MAX_NOTICE = 3000  # characters; what is longer says more

_REST = r"(?:[^.!?\n]|[.!?](?=\S)|\n(?=\S)){0,300}[.!?]?"
"""What is left of a sentence; it may be wrapped, and hold names of hosts."""

_SCANNERS = (
    "mailscanner|avg|avast|mcafee|norton|sophos|symantec|messagelabs|mimecast|barracuda|proofpoint|"
    "eset|kaspersky|bitdefender|clearswift|trend micro|f-secure|clamav|forcepoint|websense"
)
_SENTENCES = (
    # scanners
    r"(?:this|the) (?:e-?mail|message|mail)(?: and any attachments?)? (?:has been|was|is)"
    r" (?:\w+ )?(?:scanned|checked|swept|filtered|virus[- ]free)\b" + _REST,
    rf"(?:scanned|checked|protected|secured|processed|filtered) (?:by|with) (?:{_SCANNERS})\b"
    + _REST,
    r"virus[- ]free\.? ?(?:www\.)?(?:avast|avg)\.com",
    r"no virus(?:es)? (?:was |were )?found in this (?:incoming |outgoing )?message\.?",
    r"diese e-?mail wurde (?:von|auf) [^.\n]{0,100}(?:viren|schadsoftware)\b" + _REST,
    r"virenfrei\.? ?(?:www\.)?avast\.com",
    r"l'absence de virus dans ce courrier" + _REST,
    r"este (?:correo electrónico|mensaje) (?:ha sido|fue) (?:comprobado|analizado)" + _REST,
    r"questa e-?mail è stata (?:controllata|esaminata)" + _REST,
    # gateways
    r"this (?:e-?mail|message)(?: has| was)? (?:originated|originates|came|comes|sent|is)"
    r" from (?:(?:outside|an external)(?: of)?) (?:(?:the|your|our) )?"
    r"(?:organi[sz]ation|company|network|sender|source|domain|e-?mail)\b" + _REST,
    # mailing lists
    r"\S{1,80} mailing list(?: ?--)?(?=\s)",
    r"you (?:are )?(?:received|receiving) this (?:message|e-?mail) because you(?: are|'re)"
    r" subscribed\b" + _REST,
)
_ASIDES = (  # never a notice by themselves: people send the like alone
    r"<?(?:https?://|www\.|mailto:)[^\s>]{1,300}>?",
    r"<?[\w.+%-]{1,80}@[\w.-]{1,80}>?",
    r"[-_=*~#]{3,200}",
    r"--(?= |\n|\Z)",
    r"\[?(?:caution|warning|external)\]?:?(?: ?(?:e-?mail|sender|message))?[:!.-]?(?= |\n|\Z)",
    r"(?:please )?(?:do not|don't|never) (?:click|open|reply|follow)\b" + _REST,
    r"(?:please )?(?:exercise|use) caution\b" + _REST,
    r"(?:version|virus database|release date): [^\n]{1,100}",
    r"(?:and )?(?:is )?believed to be clean\.?",
    r"for more information,? please (?:visit|see|go to|contact)\b" + _REST,
    r"(?:to )?unsubscribe\b" + _REST,
    r"to (?:view|visit|post to|manage|change|stop receiving)\b[^\n]{0,60}"
    r"(?:discussion|group|list|subscription|emails?)\b" + _REST,
)
_SENTENCE = re.compile("|".join(f"(?:{each})" for each in _SENTENCES), re.IGNORECASE)
_ASIDE = re.compile("|".join(f"(?:{each})" for each in _ASIDES), re.IGNORECASE)
_SPACE = re.compile(r"[\s.,;()|]*")


def is_notice(text: str) -> bool:
    """Whether a text is nothing but what a scanner, a gateway or a mailing list adds."""
    text = text.strip()
    if not text or len(text) > MAX_NOTICE:
        return False
    at, marked = 0, False
    while at < len(text):
        match = _SENTENCE.match(text, at)
        marked = marked or match is not None
        match = match or _ASIDE.match(text, at)
        if match is None or match.end() == at:
            return False
        space = _SPACE.match(text, match.end())
        at = space.end() if space else match.end()
    return marked
