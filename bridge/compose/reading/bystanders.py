"""Text parts that nobody wrote: the notices that scanners, gateways and lists add to a mail, and
the stubs that stand for its HTML ("your mail program cannot show this mail").

Each mark is a sentence or a line as such programs write it.  A part is passed over only if it is
made of marks from its first word to its last, and if another part says something: people and
programs write such sentences too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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
_THIS = r"(?:this|the|our) (?:e-?mail|message|mail|newsletter)"
_STUBS = (
    # the mail program cannot show it
    r"(?:sorry, ?)?(?:it (?:seems|appears|looks like) (?:that )?)?your (?:current )?e?-?mail"
    r" ?(?:client|program|reader|software|viewer|app|application)? (?:does not|doesn't|cannot|"
    r"can't|can not|is (?:not|un)able to|is not set(?: up)? to|may not)\b" + _REST,
    rf"{_THIS} (?:is|was|has been|contains|requires|uses)\b[^.!?\n]{{0,40}}\bhtml\b" + _REST,
    r"(?:please )?(?:use|enable|switch to|turn on|upgrade to|view)\b[^.!?\n]{0,60}\bhtml\b" + _REST,
    r"this is an? (?:html|mime|multi-?part)\b[^.!?\n]{0,40}\b(?:e?-?mail|message|format)\b" + _REST,
    # it is somewhere else
    rf"(?:click here )?to (?:view|read|see|display) {_THIS}\b" + _REST,
    rf"(?:view|read|see|open) {_THIS} (?:online|in (?:a|the|your)(?: web)? browser|on the web|as a"
    r" web ?page)\b" + _REST,
    rf"(?:if you (?:cannot|can't|can not|are (?:unable|not able) to|have trouble|are having)|"
    r"having (?:trouble|problems|difficulty|difficulties)|(?:trouble|problems|difficulties)"
    rf"|can't|cannot|unable to)\b[^.!?\n]{{0,30}}\b(?:view|read|see|display)(?:ing)?\b"
    rf"[^.!?\n]{{0,10}}{_THIS}" + _REST,
    # German, French, Spanish, Italian, Dutch
    r"(?:ihr|dein) e?-?mail-?(?:programm|client)\b[^.!?\n]{0,40}\b(?:html|nicht|kein)\b" + _REST,
    r"(?:falls|wenn|sollte|wird|sie können) (?:sie |du )?(?:diese|dieser|die)\s?(?:r )?"
    r"(?:e-?mail|nachricht|newsletter)\b[^.!?\n]{0,60}\b(?:angezeigt|dargestellt|lesen|sehen)\b"
    + _REST,
    r"diese (?:e-?mail|nachricht) (?:ist|enthält|wurde)\b[^.!?\n]{0,40}\bhtml\b" + _REST,
    r"votre (?:logiciel|client|programme|messagerie)\b[^.!?\n]{0,60}\bhtml\b" + _REST,
    r"si (?:vous|ce|cet)\b[^.!?\n]{0,60}\b(?:affich|visualis|lire|voir)\w*\b" + _REST,
    r"si no (?:puede|puedes|ve|visualiza)\b[^.!?\n]{0,40}\b(?:correo|mensaje|e-?mail)\b" + _REST,
    r"se non (?:riesci|riesce|visualizzi|vedi|visualizza)\b[^.!?\n]{0,60}\b(?:messaggio|e-?mail|"
    r"mail|newsletter)\b" + _REST,
    r"(?:als|kunt|kan) (?:u|je)\b[^.!?\n]{0,30}\b(?:e-?mail|bericht|nieuwsbrief)\b[^.!?\n]{0,40}"
    r"\b(?:lezen|zien|bekijken|weergegeven)\b" + _REST,
)
_WAYS = (  # out of a stub: what stands beside its sentence
    r"(?:please )?(?:click|open|go to|visit|use|follow|copy|paste|view)\b[^.!?\n]{0,60}"
    r"(?:link|here|browser|page|address|url|online)\b" + _REST,
    r"(?:bitte )?klicken sie\b[^.!?\n]{0,60}hier\b" + _REST,
    r"cliquez\b[^.!?\n]{0,30}\bici\b" + _REST,
    r"haga clic\b" + _REST,
    r"clicca\b[^.!?\n]{0,30}\bqui\b" + _REST,
    r"klik\b[^.!?\n]{0,30}\bhier\b" + _REST,
)


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in patterns), re.IGNORECASE)


_SENTENCE = _any(_SENTENCES)
_ASIDE = _any(_ASIDES)
_STUB = _any(_STUBS)
_WAY = _any((*_ASIDES[:3], *_WAYS))
_SPACE = re.compile(r"[\s.,;()|]*")


def is_notice(text: str) -> bool:
    """Whether a text is nothing but what a scanner, a gateway or a mailing list adds."""
    return _is_made_of(text.strip(), _SENTENCE, _ASIDE)


def is_stub(text: str) -> bool:
    """Whether a text is nothing but what stands for HTML where that cannot be shown.

    It is asked only of a text that has HTML beside it.
    """
    return _is_made_of(text.strip(), _STUB, _WAY)


def _is_made_of(text: str, sentence: re.Pattern[str], aside: re.Pattern[str]) -> bool:
    """Whether a text has such sentences, and beside them nothing but such asides."""
    if not text or len(text) > MAX_NOTICE:
        return False
    at, marked = 0, False
    while at < len(text):
        match = sentence.match(text, at)
        marked = marked or match is not None
        match = match or aside.match(text, at)
        if match is None or match.end() == at:
            return False
        space = _SPACE.match(text, match.end())
        at = space.end() if space else match.end()
    return marked
