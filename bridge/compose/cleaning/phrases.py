"""What telephones and mail programs say of themselves below a mail, by language; data alone.

To add a language is to add its sentences here; its other words are in `languages`, `cautions`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SENT_FROM: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Sent from *",
        "Sent via *",
        "Sent with *",
        "Sent using *",
        "Sent by *",
        "Get Outlook for *",
        "Get * for Android",
        "Get * for iOS",
        "Get * for iPhone",
    ),
    "de": (
        "Gesendet von *",
        "Gesendet mit *",
        "Gesendet über *",
        "Gesendet aus *",
        "Von * gesendet",
        "Diese Nachricht wurde von * gesendet",
        "Diese E-Mail wurde von * gesendet",
        "Holen Sie sich Outlook für *",
        "Outlook für * herunterladen",
        "Outlook für * beziehen",
    ),
    "fr": (
        "Envoyé de *",
        "Envoyé depuis *",
        "Envoyé à partir de *",
        "Envoyé à partir d'*",
        "Envoyé avec *",
        "Envoyé par *",
        "Télécharger Outlook pour *",
        "Téléchargez Outlook pour *",
        "Obtenir * pour Android",
        "Obtenir * pour iOS",
        "Obtenez Outlook pour *",
        "Obtenir Outlook pour *",
        "Provenance : Courrier pour *",
    ),
    "es": (
        "Enviado desde *",
        "Mensaje enviado desde *",
        "Enviado con *",
        "Enviado de *",
        "Obtener Outlook para *",
        "Descargar Outlook para *",
    ),
    "it": (
        "Inviato da *",
        "Inviato dal *",
        "Inviato dall'*",
        "Inviato con *",
        "Ottieni Outlook per *",
        "Scarica Outlook per *",
    ),
    "nl": (
        "Verstuurd vanaf *",
        "Verstuurd vanuit *",
        "Verzonden vanaf *",
        "Verzonden met *",
        "Verzonden vanuit *",
        "Verzonden van *",
        "Verzonden via *",
        "Outlook voor * downloaden",
        "Outlook voor * ophalen",
        "Download Outlook voor *",
    ),
    "pt": (
        "Enviado do *",
        "Enviado a partir do *",
        "Enviado a partir de *",
        "Enviado pelo *",
        "Enviado via *",
        "Obter o Outlook para *",
        "Obtenha o Outlook para *",
        "Baixar o Outlook para *",
    ),
    "pl": (
        "Wysłane z *",
        "Wysłano z *",
        "Wysłane przez *",
        "Pobierz Outlook dla *",
        "Pobierz aplikację Outlook dla *",
        "Uzyskaj aplikację Outlook dla *",
    ),
    "sv": (
        "Skickat från *",
        "Skickades från *",
        "Skickat med *",
        "Hämta Outlook för *",
        "Skaffa Outlook för *",
    ),
    "da": ("Sendt fra *", "Sendt via *", "Hent Outlook til *", "Få Outlook til *"),
    "nb": ("Sendt fra *", "Sendt med *", "Få Outlook for *", "Skaff deg Outlook for *"),
    "fi": ("Lähetetty *", "Hanki Outlook for *", "Hanki Outlook *"),
    "cs": (
        "Odesláno z *",
        "Odesláno ze *",
        "Odesláno pomocí *",
        "Odoslané z *",
        "Získat Outlook pro *",
        "Získejte Outlook pro *",
    ),
    "hu": ("* küldve", "Küldve *"),
    "ro": ("Trimis de pe *", "Trimis din *"),
    "ru": (
        "Отправлено с *",
        "Отправлено из *",
        "Отправлено через *",
        "Скачать Outlook для *",
        "Получить Outlook для *",
    ),
    "uk": ("Надіслано з *", "Надіслано із *", "Відправлено з *"),
    "tr": ("* gönderildi", "* uygulamasını edinin"),
    "ja": ("*から送信", "*で送信", "Outlook for *を入手"),
    "zh": ("发自我的*", "發自我的*", "从我的*发送", "從我的*傳送", "发自*", "获取 Outlook for *"),
    "ko": ("*에서 보냄",),
}
"""A line that is one of them and no more; `*` names one of `DEVICES`, `PROGRAMS` or `NOUNS`."""

DEVICES = (
    *("iPhon*", "iPad*", "iPod", "iOS", "iCloud", "Mac", "iMac", "MacBook*", "Apple Watch"),
    *("Android*", "Samsung*", "Galaxy", "galaxy", "BlackBerry*", "Huawei", "HUAWEI", "Xiaomi"),
    *("Redmi", "Nokia", "Sony", "Xperia", "HTC", "LG", "Motorola", "moto", "OnePlus", "Pixel"),
    *("OPPO", "Alcatel", "TI-85", "Windows", "smartphone", "Smartphone", "mobile", "Mobile"),
    *("Mobiltelefon*", "telefon*", "smartfon*", "mobil*", "puhelime*", "телефон*", "смартфон*"),
    *("手机", "手機", "スマートフォン", "휴대폰", "мобильн*"),
)
"""Things, as they write themselves; `*` stands for the ends that a word may have."""

PROGRAMS = (
    *("Outlook*", "Yahoo", "Proton", "ProtonMail", "AOL", "Gmail", "Sparrow", "Spark", "Zoho"),
    *("myMail", "K-9", "BlueMail", "Superhuman", "Mailbox", "Thunderbird", "GMX", "WEB.DE"),
    *("Tutanota", "Tuta", "Hotmail", "Mail.ru", "eM Client", "Mailspring", "Airmail", "Acompli"),
    *("Mailtrack", "Яндекс", "Яндекс.Почт*"),
)
"""Programs, likewise; the name alone may be a sentence's last word."""

NOUNS = (
    *("phone", "cellphone", "cell", "handheld", "tablet", "device", "Device", "Handy", "Telefon"),
    *("Mobilgerät", "Gerät", "portable", "téléphone", "appareil", "móvil", "teléfono", "celular"),
    *("dispositivo", "cellulare", "telefono", "telefoon", "mobiel", "toestel", "telemóvel"),
    *("Mail", "Email", "Correo", "Courrier", "Posta", "Poczt*", "E-post", "Почт*", "Пошт*"),
    *("Correio", "Tablet"),
)
"""What they call themselves; a post, too, is one of them, so that `OWN` or `FOR` must say whose."""

OWN = (
    *("my", "a", "an", "the", "our", "mein*", "der", "dem", "einem", "mon", "ma", "mes", "mi"),
    *("mis", "un", "una", "mio", "mia", "il", "mijn", "een", "meu", "minha", "min", "mitt", "mój"),
    *("moj*", "můj", "mého", "moi*", "мо*", "benim", "l’application", "aplikac*", "приложени*"),
)
"""Words that say whose or which it is."""

FOR = (
    *("for", "für", "pour", "para", "per", "voor", "pro", "dla", "för", "til", "till", "для"),
    *("on", "by", "from", "with", "using", "via", "mit", "avec", "con", "met", "com", "med"),
    *("w", "pod", "sur", "på", "auf"),
)
"""Words after which a name says for what or by whom it is."""

MODELS = (
    *("Pro", "Plus", "Max", "Mini", "mini", "Ultra", "Air", "SE", "XR", "XS", "Lite", "Note"),
    *("Tab", "Tablet", "Edge", "Fold", "Flip", "Touch", "touch", "Octacore", "LTE", "Wireless"),
    *("wireless", "Classic", "Passport", "Curve", "Phone", "PC", "App", "app", "Client", "secure"),
    *("email", "e-mail", "Orange", "®", "™"),
)
"""What may follow a name: words of models, and what a thing or a program is."""

EXCUSED = (
    *("brevity", r"typo\w{0,5}", "errors", "mistakes", "spelling", "autocorrect", "thumbs"),
    *("Kürze", "Tippfehler", "brièveté", "fautes", "brevedad", "brevità", "beknoptheid"),
)
"""What the sentence after it asks pardon for: "Please excuse my brevity." """

LINK = re.compile(r"\s?[<(\[](?:https?://|www\.)[^<>()\[\]\s]{1,500}\s?[>)\]]", re.IGNORECASE)
"""A link's address in brackets, as plain text and our HTML reading show it."""

BARE_LINK = re.compile(r"\s?https?://[^\s<>]{1,500}$", re.IGNORECASE)
"""The same without brackets, at the end of a line."""


def without_links(line: str) -> str:
    """A line without the links in brackets (`LINK`), which nearly none has."""
    has_brackets = "<" in line or "(" in line or "[" in line
    return LINK.sub("", line) if has_brackets else line
