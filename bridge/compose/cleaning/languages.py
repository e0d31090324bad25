"""The words by which mail programs mark what they quote, by language.

To add a language is to add an entry here, and its sentences in `phrases`.  The words are those
that Gmail, Outlook, Apple Mail, Yahoo, Thunderbird and the webmail of each country write, in any
case; where they differ, all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Language(NamedTuple):
    """What one language calls the things around a quoted mail.

    An attribution `opens` with one word and has another of `wrote`; a header's lines are labelled
    `sender`, `date`, `to`, `copy` and `subject`; `original` and `forwarded` are the headings,
    without the dashes around them, of what is answered and of what is passed on.
    """

    opens: tuple[str, ...]
    wrote: tuple[str, ...]
    sender: tuple[str, ...]
    date: tuple[str, ...]
    to: tuple[str, ...]
    copy: tuple[str, ...]
    subject: tuple[str, ...]
    original: tuple[str, ...]
    forwarded: tuple[str, ...]


LANGUAGES: Mapping[str, Language] = {
    "en": Language(
        opens=("On", "In a message dated"),
        wrote=("wrote", "writes"),
        sender=("From", "Sender"),
        date=("Sent", "Date", "Sent on"),
        to=("To", "Recipient", "Recipients"),
        copy=("Cc", "Bcc"),
        subject=("Subject",),
        original=("Original Message", "Original Appointment", "Original Email", "Reply message"),
        forwarded=(
            "Forwarded message",
            "Begin forwarded message",
            "Forwarded by",
            "Forwarded email",
        ),
    ),
    "de": Language(
        opens=("Am",),
        wrote=("schrieb", "schrieb am", "schreibt", "hat geschrieben"),
        sender=("Von", "Absender"),
        date=("Gesendet", "Gesendet am", "Datum", "Gesendet um"),
        to=("An", "Empfänger"),
        copy=("Cc", "Kopie"),
        subject=("Betreff",),
        original=("Ursprüngliche Nachricht", "Originalnachricht", "Original-Nachricht"),
        forwarded=(
            "Weitergeleitete Nachricht",
            "Anfang der weitergeleiteten Nachricht",
            "Anfang der weitergeleiteten E-Mail",
        ),
    ),
    "fr": Language(
        opens=("Le",),
        wrote=("a écrit", "écrit", "a envoyé"),
        sender=("De", "Expéditeur"),
        date=("Envoyé", "Envoyé le", "Date"),
        to=("À", "A", "Pour", "Destinataire"),
        copy=("Cc", "Copie", "Copie à"),
        subject=("Objet", "Sujet"),
        original=("Message d'origine", "Message original", "E-mail d'origine"),
        forwarded=(
            "Message transféré",
            "Message transmis",
            "Début du message transféré",
            "Début du message réexpédié",
        ),
    ),
    "es": Language(
        opens=("El",),
        wrote=("escribió", "ha escrito"),
        sender=("De",),
        date=("Enviado", "Enviado el", "Fecha"),
        to=("Para",),
        copy=("CC", "Copia"),
        subject=("Asunto",),
        original=("Mensaje original",),
        forwarded=("Mensaje reenviado", "Inicio del mensaje reenviado"),
    ),
    "it": Language(
        opens=("Il giorno", "Il", "In data"),
        wrote=("ha scritto", "scrisse", "scrive"),
        sender=("Da", "Mittente"),
        date=("Inviato", "Data"),
        to=("A", "Destinatario"),
        copy=("Cc", "Copia"),
        subject=("Oggetto",),
        original=("Messaggio originale",),
        forwarded=("Messaggio inoltrato", "Inizio messaggio inoltrato"),
    ),
    "nl": Language(
        opens=("Op",),
        wrote=("schreef", "geschreven"),
        sender=("Van", "Afzender"),
        date=("Verzonden", "Datum"),
        to=("Aan",),
        copy=("CC", "Kopie"),
        subject=("Onderwerp",),
        original=("Oorspronkelijk bericht", "Origineel bericht"),
        forwarded=("Doorgestuurd bericht", "Begin doorgestuurd bericht"),
    ),
    "pt": Language(
        opens=("Em", "No dia"),
        wrote=("escreveu",),
        sender=("De",),
        date=("Enviado", "Enviada", "Enviado em", "Enviada em", "Data"),
        to=("Para",),
        copy=("Cc", "Cópia"),
        subject=("Assunto",),
        original=("Mensagem original",),
        forwarded=(
            "Mensagem encaminhada",
            "Mensagem reencaminhada",
            "Início da mensagem encaminhada",
            "Início da mensagem reencaminhada",
        ),
    ),
    "pl": Language(
        opens=("W dniu", "Dnia"),
        wrote=("napisał(a)", "napisał", "napisała", "pisze"),
        sender=("Od", "Nadawca"),
        date=("Wysłano", "Data"),
        to=("Do", "Adresat"),
        copy=("DW", "Kopia"),
        subject=("Temat",),
        original=("Wiadomość oryginalna", "Oryginalna wiadomość"),
        forwarded=(
            "Przekazana wiadomość",
            "Wiadomość przekazana dalej",
            "Treść przekazanej wiadomości",
            "Początek przekazywanej wiadomości",
        ),
    ),
    "sv": Language(
        opens=("Den", "På"),
        wrote=("skrev",),
        sender=("Från",),
        date=("Skickat", "Datum"),
        to=("Till",),
        copy=("Kopia",),
        subject=("Ämne",),
        original=("Ursprungligt meddelande", "Originalmeddelande", "Ursprungsmeddelande"),
        forwarded=("Vidarebefordrat meddelande", "Vidarebefordrat mejl"),
    ),
    "da": Language(
        opens=("Den", "På"),
        wrote=("skrev",),
        sender=("Fra",),
        date=("Sendt", "Dato"),
        to=("Til",),
        copy=("Cc", "Kopi"),
        subject=("Emne",),
        original=("Oprindelig meddelelse", "Oprindelig besked", "Original meddelelse"),
        forwarded=("Videresendt meddelelse", "Videresendt besked", "Start på videresendt besked"),
    ),
    "nb": Language(
        opens=("Den", "På"),
        wrote=("skrev", "skrev følgende"),
        sender=("Fra",),
        date=("Sendt", "Dato"),
        to=("Til",),
        copy=("Kopi",),
        subject=("Emne",),
        original=("Opprinnelig melding", "Original melding"),
        forwarded=("Videresendt melding",),
    ),
    "fi": Language(
        opens=(),
        wrote=("kirjoitti",),
        sender=("Lähettäjä",),
        date=("Lähetetty", "Päiväys", "Päivämäärä"),
        to=("Vastaanottaja",),
        copy=("Kopio",),
        subject=("Aihe",),
        original=("Alkuperäinen viesti",),
        forwarded=("Edelleenlähetetty viesti", "Välitetty viesti", "Välitetty viesti alkaa"),
    ),
    "cs": Language(
        opens=("Dne",),
        wrote=("napsal(a)", "napsal", "napsala", "napísal(a)", "napísal"),
        sender=("Od",),
        date=("Odesláno", "Datum", "Odoslané", "Dátum"),
        to=("Komu",),
        copy=("Kopie", "Kópia"),
        subject=("Předmět", "Predmet"),
        original=("Původní zpráva", "Pôvodná správa"),
        forwarded=("Přeposlaná zpráva", "Začátek přeposílané zprávy", "Preposlaná správa"),
    ),
    "hu": Language(
        opens=(),
        wrote=("ezt írta", "írta"),
        sender=("Feladó",),
        date=("Elküldve", "Dátum"),
        to=("Címzett",),
        copy=("Másolatot kap",),
        subject=("Tárgy",),
        original=("Eredeti üzenet",),
        forwarded=("Továbbított üzenet", "Továbbított levél kezdete"),
    ),
    "ro": Language(
        opens=("Pe", "În data de"),
        wrote=("a scris",),
        sender=("De la", "Expeditor"),
        date=("Trimis", "Data"),
        to=("Către", "Catre"),
        copy=("Cc",),
        subject=("Subiect", "Subiectul"),
        original=("Mesajul original", "Mesaj original"),
        forwarded=("Mesaj redirecționat", "Începe mesajul redirecționat"),
    ),
    "ru": Language(
        opens=(),
        wrote=("написал(а)", "написал", "написала", "пишет"),
        sender=("От", "Отправитель", "От кого"),
        date=("Отправлено", "Дата"),
        to=("Кому",),
        copy=("Копия",),
        subject=("Тема",),
        original=("Исходное сообщение", "Оригинальное сообщение"),
        forwarded=("Пересылаемое сообщение", "Начало переадресованного сообщения"),
    ),
    "uk": Language(
        opens=(),
        wrote=("написав(ла)", "написав", "написала", "пише"),
        sender=("Від", "Від кого"),
        date=("Надіслано", "Дата"),
        to=("Кому",),
        copy=("Копія",),
        subject=("Тема",),
        original=("Вихідне повідомлення", "Оригінал повідомлення"),
        forwarded=("Переслане повідомлення", "Початок листа, що пересилається"),
    ),
    "tr": Language(
        opens=(),
        wrote=("şunu yazdı", "yazdı"),
        sender=("Kimden", "Gönderen"),
        date=("Gönderme Tarihi", "Gönderildi", "Tarih"),
        to=("Kime",),
        copy=("Bilgi",),
        subject=("Konu",),
        original=("Özgün İleti", "Orijinal Mesaj"),
        forwarded=("Yönlendirilmiş ileti", "İletilmiş Mesaj", "İletilen İleti"),
    ),
    "ja": Language(
        opens=(),
        wrote=("のメール", "のメッセージ", "さんが書きました"),
        sender=("差出人", "送信者"),
        date=("送信日時", "日時", "日付"),
        to=("宛先",),
        copy=("CC",),
        subject=("件名",),
        original=("元のメッセージ", "オリジナル メッセージ"),
        forwarded=("転送されたメッセージ", "転送メッセージ"),
    ),
    "zh": Language(
        opens=("在",),
        wrote=("写道", "寫道"),
        sender=("发件人", "寄件者", "寄件人"),
        date=("发送时间", "发送日期", "日期", "時間", "寄件日期"),
        to=("收件人", "收件者"),
        copy=("抄送", "副本"),
        subject=("主题", "主題", "主旨"),
        original=("Original", "原始邮件", "邮件原件", "原始郵件"),
        forwarded=("转发的邮件", "转发邮件信息", "轉寄郵件", "轉寄的郵件"),
    ),
}


def any_of(phrases: Iterable[str]) -> str:
    """A pattern of whole phrases, the longest first; scripts without spaces have no word ends."""
    return "|".join(map(_whole, sorted(set(phrases), key=lambda each: (-len(each), each))))


def _whole(phrase: str) -> str:
    """A phrase with any space and apostrophe, that no letter stands directly before or after."""
    words = re.escape(phrase).replace(r"\ ", r"\s+").replace("'", "['’]")
    before = r"(?<!\w)" if phrase[0].isalnum() and phrase[0] < "\u2e80" else ""
    after = r"(?!\w)" if phrase[-1] < "\u2e80" else ""
    return f"{before}{words}{after}"
