"""How the subjects of automatic answers and of bounces begin, as the programs write them.

Exchange, Outlook, Notes and old mail servers send some that have no other mark.  A person's answer
has `Re:` there, or the subject of the mail that it answers; and people write of what programs
write of: `Out of office supplies?`, `Delivery problem with order 42`, `Recall: the van`.
"""

from __future__ import annotations

import re

_AWAY = (
    *("auto[- ]?reply", "auto[- ]?response", "auto[- ]?responder"),
    *("automatic(?:ally generated)? (?:reply|response|answer)", "automated (?:reply|response)"),
    *("out[- ]of[- ](?:the[- ])?office(?: auto[- ]?reply)?", "away from (?:the|my) office"),
    *("vacation (?:reply|notice)", "lesebestätigung"),
    *("automatische (?:antwort|rückantwort|empfangsbestätigung)", r"abwesenheits\w+"),
    *("réponse automatique", "absence du bureau", "absente? du bureau", "message d.absence"),
    *("respuesta automática", "fuera de (?:la )?oficina", "mensaje de ausencia"),
    *("resposta automática", "fora do escritório"),
    *("risposta automatica", "fuori (?:sede|ufficio)", "assente dall.ufficio"),
    *("automatisch antwoord", r"afwezigheids\w*", "niet op kantoor"),
    *("automatiskt? svar", "autosvar", "ikke på kontoret"),
    *("automaattinen vastaus", "poissa toimistosta", "sjálfvirkt svar"),
    *("automatyczna odpowiedź", "odpowiedź automatyczna", "poza biurem"),
    *("automatická odpov[eě]ď", "mimo kancelář", "automatikus válasz", "răspuns automat"),
    *("otomatik (?:yanıt|cevap)", "автоматический ответ", "автоответ", "автоматична відповідь"),
    *("automatski odgovor", "samodejni odgovor", "αυτόματη απάντηση"),
    *("תשובה אוטומטית", "הודעה אוטומטית", "رد تلقائي"),
)
"""What stands before a colon, before `Re:`, or alone."""

_AWAY_ANYHOW = (
    *("自動応答", "自動返信", "自動返答", "不在通知", "自动回复", "自动答复"),
    *("自動回覆", "自動回復", "자동 ?(?:응답|회신)", "부재 ?중"),
    r"i am (?:currently )?out of the office\b",
    r"i am currently (?:away|on (?:vacation|holiday|leave))\b",
    r"auto: .{1,60}\bis out of the office\b",  # Notes
    *(r"auto[- ]?reply from\b", r"[\[(]auto(?:[- ]?reply)?[\])] ?re ?:"),
    *(r"\[request received\]", "ticket received - "),  # Zendesk, Freshdesk
)
"""What no person begins a subject with."""

_AWAY_IN_SHORT = ("auto", "ooo")
"""What stands before the subject of our mail, with its `Re:`; people put it before their own."""

_PERHAPS = (
    *("ausência", "assente", "abwesend", "afwezig", r"frånvar\w*", r"fravær\w*"),
    *("poissa ollessa", "nieobecność"),
)
_PERHAPS_ANYHOW = (
    *("(?:not )?read ?:", "recall ?:", "gelesen ?:", r"absence\s:"),
    *("undeliver(?:ed|able) ?:", "unzustellbar ?:"),
    *("mail delivery fail(?:ed|ure)", "mail system error", "warning: could not send message"),
)
"""What people begin a subject with as well: it takes more to tell that a machine did."""

_BOUNCED = (
    *(r"undeliver(?:ed|able)", "unzustellbar", "non[- ]?(?:delivery|remis)", "returned e?mail"),
    *("failure notice", "failed mail", "delivery (?:status )?notification"),
    *(r"(?:permanent |e?mail |message )?delivery (?:has )?(?:fail\w*|problem|error|warning)",),
    *("(?:e?mail|message) (?:failed|could not be delivered)", "mail (?:system )?error"),
    *("warning: (?:message|could not send)", "message delayed", "delayed mail"),
    *("não entregue", "onbestelbaar", "impossibile recapitare", "no se puede entregar"),
    *("недоставлен", "не доставлено", "ikke levert"),
    *("未送達", "配信不能", "配信エラー", "无法(?:投递|传递)", "系统退信"),
)
_BOUNCED_SURELY = (
    *("undelivered mail returned", "mail delivery failed: returning", "returned mail ?:"),
    *("failure notice$", r"delivery status notification(?: \(|$)"),
    *("mail system error - returned", r"warning: message \S+ delayed"),
    "warning: could not send message for",
)
"""What mail systems write at the same places, and people do not."""

_DELAYED = re.compile(
    r"delay|warning|still being|not yet (?:been )?delivered|will be retried|verzögert",
    re.IGNORECASE,
)


def _beginning(pattern: str) -> re.Pattern[str]:
    """A subject that begins so, perhaps after a ticket's name: `[example.com #17] AutoReply`."""
    return re.compile(rf"\s*(?:\[[^\[\]]{{1,60}}\] ?)?(?:{pattern})", re.IGNORECASE)


# Scripts that write no spaces have no word's end.
_WORDS_END = r"(?:(?!\w)|(?<!\w)|(?<=[\u3000-\uffff]))"
_AWAY_SUBJECT = _beginning(
    rf"(?:{'|'.join(_AWAY)})\s*(?:[:：]|$|re ?:)"
    rf"|{'|'.join(_AWAY_ANYHOW)}"
    rf"|(?:{'|'.join(_AWAY_IN_SHORT)}) ?: ?re ?:"
)
_PERHAPS_SUBJECT = _beginning(
    rf"(?:{'|'.join(_PERHAPS)})\s*(?:[:：]|$)|(?:{'|'.join(_PERHAPS_ANYHOW)}){_WORDS_END}:?"
)
_OUT = re.compile(
    r"\b(?:is|am) (?:\w{1,20} )?out of (?:the |my )?office\b"
    r"|\b(?:ist|bin) (?:\w{1,20} ){0,3}au(?:ß|ss)er haus\b",
    re.IGNORECASE,
)
_BOUNCED_SUBJECT = _beginning(rf"(?:{'|'.join(_BOUNCED)}){_WORDS_END}")
_BOUNCE_S_SUBJECT = _beginning("|".join(_BOUNCED_SURELY))


def tells_of_absence(subject: str) -> bool:
    """Whether a subject begins as that of an automatic answer, and of no person's."""
    return _AWAY_SUBJECT.match(subject) is not None


def after_beginning(subject: str) -> str | None:
    """What follows a beginning that machines and people write: `Friday` of `Read: Friday`.

    None of a subject that begins otherwise.
    """
    found = _PERHAPS_SUBJECT.match(subject)
    return None if found is None else subject[found.end() :].strip()


def says_out(said: str) -> bool:
    """Whether a line says that somebody is out of the office, as people do and machines."""
    return _OUT.search(said) is not None


def is_bounce(subject: str) -> bool:
    """Whether a subject is a mail system's, which tells of a failure, and no person's."""
    return _BOUNCE_S_SUBJECT.match(subject) is not None


def tells_of_failure(subject: str) -> bool:
    """Whether a subject begins as that of a bounce or of a warning of one.

    People's do as well: it says something only of a mail that some mail system wrote.
    """
    return _BOUNCED_SUBJECT.match(subject) is not None


def tells_of_delay(said: str) -> bool:
    """Whether words say that what they tell of is tried again."""
    return _DELAYED.search(said) is not None
