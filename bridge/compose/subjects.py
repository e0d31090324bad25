"""How the subjects of automatic answers and of bounces begin, as the programs write them.

Exchange, Outlook, Notes and old mail servers send some that have no other mark.  A person's answer
has `Re:` there, or the subject of the mail that it answers.
"""

from __future__ import annotations

import re

_AWAY = (
    *("auto ?:", "ooo ?:", "auto[- ]?reply", "auto[- ]?response", "auto[- ]?responder"),
    *("automatic(?:ally generated)? (?:reply|response|answer)", "automated (?:reply|response)"),
    *("out[- ]of[- ](?:the[- ])?office", "away from (?:the|my) office"),
    *("vacation (?:reply|notice)", "i am (?:currently )?out of the office"),
    *("i am (?:currently )?on (?:vacation|holiday|leave)",),
    *("automatische (?:antwort|rückantwort|empfangsbestätigung)", r"abwesenheit\w*", "abwesend ?:"),
    *("réponse automatique", "absence du bureau", "absente? du bureau", "message d.absence"),
    *("respuesta automática", "fuera de (?:la )?oficina", "resposta automática"),
    *("fora do escritório", "ausência", "risposta automatica", "fuori (?:sede|ufficio)"),
    *("automatisch antwoord", r"afwezigheids\w*", "afwezig ?:", "niet op kantoor"),
    *("automatiskt? svar", "autosvar", r"frånvar\w*", r"fravær\w*", "ikke på kontoret"),
    *("automaattinen vastaus", "poissa (?:toimistosta|ollessa)", "sjálfvirkt svar"),
    *("automatyczna odpowiedź", "odpowiedź automatyczna", "poza biurem"),
    *("automatická odpov[eě]ď", "mimo kancelář", "automatikus válasz", "răspuns automat"),
    *("otomatik (?:yanıt|cevap)", "автоматический ответ", "автоответ", "автоматична відповідь"),
    *("automatski odgovor", "samodejni odgovor", "αυτόματη απάντηση"),
    *("自動応答", "自動返信", "自動返答", "不在通知", "自动回复", "自动答复"),
    *("自動回覆", "自動回復", "자동 ?(?:응답|회신)", "부재 ?중"),
    *("תשובה אוטומטית", "הודעה אוטומטית", "رد تلقائي"),
)
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
_DELAYED = re.compile(
    r"delay|warning|still being|not yet (?:been )?delivered|will be retried|verzögert",
    re.IGNORECASE,
)


def _beginning(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """A subject that begins so, perhaps after a ticket's name: `[example.com #17] AutoReply: ...`.

    Scripts that write no spaces have no word's end.
    """
    found = "|".join(patterns)
    return re.compile(
        rf"\s*(?:\[[^\[\]]{{1,60}}\] ?)?(?:{found})(?:(?!\w)|(?<!\w)|(?<=[\u3000-\uffff]))",
        re.IGNORECASE,
    )


_AWAY_SUBJECT = _beginning(_AWAY)
_BOUNCED_SUBJECT = _beginning(_BOUNCED)


def tells_of_absence(subject: str) -> bool:
    """Whether a subject begins as that of an automatic answer."""
    return _AWAY_SUBJECT.match(subject) is not None


def tells_of_failure(subject: str) -> bool:
    """Whether a subject begins as that of a bounce or of a warning of one."""
    return _BOUNCED_SUBJECT.match(subject) is not None


def tells_of_delay(said: str) -> bool:
    """Whether words say that what they tell of is tried again."""
    return _DELAYED.search(said) is not None
