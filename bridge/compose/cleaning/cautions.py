"""What mail gateways write above the mails of strangers, by language; data alone.

To add a language is to add its sentences here; its other words are in `languages`, `phrases`.
`*` stands for some words of the same sentence, `(a|b)` for either, `(a)?` for a word or none,
`~` for a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_THIS = "This (email|e-mail|message)"
_HOUSE = (
    "(organization|organisation|company|business|corporation|firm|enterprise|institution|agency"
    "|university|college|school|district|county|city|council|government|network|domain|tenant)"
)
_OUTSIDE = f"outside( of)?( (the|your|our) {_HOUSE}*| (the )?~)?"
_STRANGER = "external (sender|source|address|account|user|domain|party|person|system|email)"


class Banner(NamedTuple):
    """One language's words of caution.

    `labels` stand before it ("CAUTION:"), `tags` are all of it ("[EXTERNAL]"), `leads` its first
    sentences, and `advice` is how the sentences begin that follow one of them.
    """

    labels: tuple[str, ...]
    tags: tuple[str, ...]
    leads: tuple[str, ...]
    advice: tuple[str, ...]


BANNERS: Mapping[str, Banner] = {
    "en": Banner(
        labels=("Caution", "Warning", "Attention", "Notice", "Alert", "Important", "Security"),
        tags=(
            "External",
            "External email",
            "External e-mail",
            "External mail",
            "External message",
            "External sender",
            "External source",
            "External email warning",
            "ZjQcmQRYFpfptBannerStart",
            "ZjQcmQRYFpfptBannerEnd",
        ),
        leads=(
            f"{_THIS} (was sent|is|comes|came) from {_OUTSIDE}",
            f"{_THIS} (has )?(originated|originates) (from )?{_OUTSIDE}",
            f"{_THIS} (is|was sent|comes|came|originated) from an {_STRANGER}( {_OUTSIDE})?",
            f"{_THIS} was sent by (someone|a person|an? {_STRANGER}) (from )?{_OUTSIDE}",
            f"{_THIS} is from an untrusted *",
            "This is an external (email|e-mail|message)*",
            f"(This|The) sender (of this (email|e-mail|message) )?is (from )?{_OUTSIDE}",
            "You (don't|do not) often get email from *",
            "Some people who received this message don't often get email from *",
            "You have not previously corresponded with this sender",
        ),
        advice=(
            "(Please )?(do not|don't|never) (click|open|reply|respond|enter|follow|download) *",
            "(Please )?(be|remain|stay) (extra |very )?(careful|cautious|vigilant|alert)*",
            "(Please )?(use|exercise|take|proceed with) (extra |extreme )?(caution|care)*",
            "(Please )?treat * with caution*",
            "(Please )?if you (are|'re) (unsure|not sure|in doubt)*",
            "(Please )?(think before|stop and think|verify the sender|if unsure|if in doubt)*",
            "(Please )?report (any |this )?(suspicious |phishing )*",
            "Learn why this is important*",
        ),
    ),
    "de": Banner(
        labels=("Achtung", "Vorsicht", "Warnung", "Hinweis", "Wichtig"),
        tags=("Extern", "Externe E-Mail", "Externe Mail", "Externer Absender"),
        leads=(
            "Diese E-Mail stammt von *extern*",
            "Diese E-Mail stammt von außerhalb *",
            "Diese E-Mail kommt von außerhalb *",
            "Diese E-Mail kommt von extern*",
            "Diese E-Mail kommt von einem externen *",
            "Diese E-Mail wurde von außerhalb *",
            "Diese E-Mail wurde von einem externen *",
            "Diese Nachricht stammt von außerhalb *",
            "Diese Nachricht kommt von außerhalb *",
            "Sie erhalten nicht oft *",
            "Sie erhalten nicht häufig *",
        ),
        advice=(
            "Klicken Sie *",
            "Bitte klicken Sie *",
            "Öffnen Sie *",
            "Bitte öffnen Sie *",
            "Erfahren Sie, warum dies wichtig ist*",
            "Weitere Informationen, warum dies wichtig ist*",
            "Seien Sie vorsichtig *",
            "Bitte seien Sie vorsichtig *",
        ),
    ),
    "fr": Banner(
        labels=("Attention", "Avertissement", "Prudence", "Mise en garde"),
        tags=("Externe", "Courriel externe", "E-mail externe", "Expéditeur externe"),
        leads=(
            "Ce courriel provient de l'extérieur *",
            "Ce courriel provient d'un expéditeur externe*",
            "Cet e-mail provient de l'extérieur *",
            "Cet e-mail provient d'un expéditeur externe*",
            "Cet e-mail provient d'une source externe*",
            "Ce message provient de l'extérieur *",
            "Ce message provient d'un expéditeur externe*",
            "Ce message a été envoyé de l'extérieur *",
            "Vous n'obtenez pas souvent *",
            "Vous ne recevez pas souvent *",
        ),
        advice=(
            "Ne cliquez *",
            "N'ouvrez *",
            "Veuillez ne pas *",
            "Pourquoi c'est important*",
            "Découvrez pourquoi *important*",
            "Faites preuve de *",
            "Soyez prudent*",
        ),
    ),
    "es": Banner(
        labels=("Precaución", "Atención", "Advertencia", "Aviso", "Cuidado"),
        tags=("Externo", "Correo externo", "Remitente externo"),
        leads=(
            "Este correo electrónico se originó fuera *",
            "Este correo electrónico procede de fuera *",
            "Este correo electrónico proviene de *extern*",
            "Este correo se originó fuera *",
            "Este correo proviene de fuera *",
            "Este correo proviene de un remitente externo*",
            "Este mensaje se originó fuera *",
            "Este mensaje proviene de fuera *",
            "No suele recibir *",
            "No recibe con frecuencia *",
        ),
        advice=("No haga clic *", "No abra *", "Por qué esto es importante*", "Tenga cuidado *"),
    ),
    "it": Banner(
        labels=("Attenzione", "Avviso", "Avvertenza"),
        tags=("Esterno", "E-mail esterna", "Email esterna", "Mittente esterno"),
        leads=(
            "Questa e-mail proviene dall'esterno *",
            "Questa email proviene dall'esterno *",
            "Questa e-mail proviene da un mittente esterno*",
            "Questo messaggio proviene dall'esterno *",
            "Questo messaggio proviene da un mittente esterno*",
            "Non si ricevono spesso *",
            "Non ricevi spesso *",
        ),
        advice=("Non fare clic *", "Non cliccare *", "Non aprire *", "Scopri perché è importante*"),
    ),
    "nl": Banner(
        labels=("Let op", "Waarschuwing", "Attentie", "Pas op"),
        tags=("Extern", "Externe e-mail", "Externe afzender"),
        leads=(
            "Deze e-mail is afkomstig van buiten *",
            "Deze e-mail is afkomstig van een externe *",
            "Deze e-mail komt van buiten *",
            "Deze e-mail is verzonden van buiten *",
            "Dit bericht is afkomstig van buiten *",
            "Dit bericht komt van buiten *",
            "U ontvangt niet vaak *",
            "Je ontvangt niet vaak *",
        ),
        advice=("Klik niet *", "Open geen *", "Meer informatie over waarom dit belangrijk is*"),
    ),
    "pt": Banner(
        labels=("Atenção", "Cuidado", "Aviso", "Alerta"),
        tags=("Externo", "E-mail externo", "Remetente externo"),
        leads=(
            "Este e-mail foi enviado de fora *",
            "Este e-mail foi originado fora *",
            "Este e-mail originou-se fora *",
            "Este e-mail veio de fora *",
            "Esta mensagem foi enviada de fora *",
            "Esta mensagem veio de fora *",
            "Você não costuma receber *",
            "Não costuma receber *",
        ),
        advice=("Não clique *", "Não abra *", "Saiba por que isso é importante*"),
    ),
    "pl": Banner(
        labels=("Uwaga", "Ostrzeżenie", "Ostrożnie"),
        tags=("Zewnętrzny", "Zewnętrzna wiadomość", "Nadawca zewnętrzny"),
        leads=(
            "Ta wiadomość pochodzi spoza *",
            "Ta wiadomość pochodzi z zewnątrz *",
            "Ta wiadomość e-mail pochodzi spoza *",
            "Ta wiadomość została wysłana spoza *",
            "Nie otrzymujesz często *",
        ),
        advice=("Nie klikaj *", "Nie otwieraj *", "Dowiedz się, dlaczego *ważne*"),
    ),
    "sv": Banner(
        labels=("Varning", "Obs", "Observera"),
        tags=("Extern", "Externt mejl", "Extern avsändare"),
        leads=(
            "Detta mejl kommer från *utanför *",
            "Detta e-postmeddelande kommer från *utanför *",
            "Det här meddelandet kommer från *utanför *",
            "Du får inte ofta *",
        ),
        advice=("Klicka inte *", "Öppna inte *", "Läs om varför det här är viktigt*"),
    ),
    "da": Banner(
        labels=("Advarsel", "OBS", "Bemærk", "Forsigtig"),
        tags=("Ekstern", "Ekstern mail", "Ekstern e-mail", "Ekstern afsender"),
        leads=(
            "Denne mail kommer fra *uden for *",
            "Denne e-mail kommer fra *uden for *",
            "Du får ikke ofte *",
        ),
        advice=("Klik ikke *", "Åbn ikke *", "Få mere at vide om, hvorfor dette er vigtigt*"),
    ),
}
