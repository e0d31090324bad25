"""The tables that every settings file has: the listeners, the gateway, mail, the store, limits."""

from __future__ import annotations

from typing import Literal

from bridge.settings import kinds
from bridge.settings.kinds import Section, setting


class Smtp(Section):
    """Where mail comes in, and who may send any."""

    hostname: kinds.Domain = setting("sms.example.com", "The name that this server greets with.")
    domains: kinds.Domains = setting(
        ["sms.example.com"],
        "Recipients at these domains are numbers, names and groups; there is no other mail here. "
        "The first is the domain of what the bridge mails.",
    )
    listen: kinds.SomeListens = setting(
        ["127.0.0.1:2525"], "SMTP; STARTTLS is offered when a certificate is set."
    )
    listen_tls: kinds.TlsListens = setting(
        [], "SMTP with TLS from the first byte (port 465).", example=["0.0.0.0:465"]
    )
    tls_cert: kinds.Text = setting("", "The certificate with its chain, a PEM file.")
    tls_key: kinds.TlsKey = setting("", "The certificate's key, a PEM file.")
    trusted_networks: kinds.Senders = setting(
        ["127.0.0.0/8", "::1/128"],
        "Machines: whoever connects from here may send without AUTH, by profile 'machine'. "
        "Nobody else may send without AUTH.",
    )
    relays: kinds.Senders = setting(
        [],
        "Servers that forward the mail of others (a front MTA). From them a mail is admitted only "
        "if authserv_id says dmarc=pass, aligned, and the address in From: matches one of "
        "[[senders]]. A relay in a trusted network is a relay.",
    )
    authserv_id: kinds.AuthservId = setting(
        "",
        "Whose topmost Authentication-Results is believed in mail from relays (RFC 8601): the name "
        "that stands first in it. The relay must take out those that came with a mail.",
        example="mx.example.com",
    )
    legacy_networks: kinds.Networks = setting(
        [],
        "Old devices there may send bare LF, an empty HELO, over-long lines, AUTH in lower case. "
        "It opens a way to smuggle mail: keep it to the devices.",
    )
    max_message_size: kinds.Size = setting("10 MiB", "The largest mail taken (RFC 1870).")
    max_recipients: kinds.Positive = setting(
        100, "Recipients of one mail; the next RCPT gets 452 4.5.3, so that the client goes on."
    )


class Numbers(Section):
    """How phone numbers are read, and which may be texted."""

    default_region: kinds.Region = setting(
        "GB", "The country of numbers without a country code, as 07700 900123; ISO 3166."
    )
    allowed_regions: kinds.AllowedRegions = setting(
        [],
        'Countries that may be texted; [] is the default region alone, ["*"] all. A sender may '
        "have its own. A number abroad costs more, and a thief's number costs most.",
    )
    allow_premium: kinds.Flag = setting(
        False, "Whether premium-rate and shared-cost numbers may be texted."
    )


class GatewayAccount(Section):
    """The SMS gateway and our account there."""

    kind: Literal["intellisms"] = setting("intellisms", "Whose interface the gateway speaks.")
    url: kinds.GatewayUrl = setting(
        "https://www.intellisoftware.co.uk/smsgateway", "The primary host."
    )
    backup_url: kinds.BackupUrl = setting(
        "https://www.intellisoftware2.co.uk/smsgateway",
        "The host that takes over when the primary does not answer; empty for none.",
    )
    username: kinds.AccountName = setting("", "Required. The account's user name.", example="acme")
    password: kinds.AccountPassword = setting(
        "",
        "Required. The account's password. Better said in a systemd credential named "
        "gateway.password, or in BRIDGE_GATEWAY__PASSWORD.",
    )
    originator: kinds.MaybeOriginator = setting(
        "", "What handsets show as sender ('from'); empty, so that replies come back to the bridge."
    )
    charset: Literal["vendor-utf-8", "utf-8", "iso-8859-1"] = setting(
        "vendor-utf-8",
        "How a form says that it is UTF-8: with a colon, as the vendor's own library does; with an "
        "equals sign, as the standard does; or not at all, in Latin-1.",
    )
    delivery_reports: kinds.Flag = setting(
        True, "Whether the network's status reports are asked for (delrpt=1)."
    )
    concatenate_unicode: kinds.Flag = setting(
        False,
        "Send a long Unicode text as one, with maxconcat, instead of numbered parts. Try it with "
        "your account first: no documentation promises that it works.",
    )
    max_recipients: kinds.Recipients = setting(
        100, "Numbers in one submission; the gateway takes 100 at most."
    )
    connections: kinds.Positive = setting(
        16,
        "Submissions in flight; those that a host leaves without a word for 10 s are not counted,"
        " up to as many again; picture messages are.",
    )
    timeout: kinds.Wait = setting(
        "30 s",
        "How long an answer is waited for. A request that was not answered may have been sent: "
        "see in_doubt in [profiles].",
    )
    allow_insecure: kinds.Flag = setting(
        False, "Allow http:// to hosts other than this machine: the password goes out in clear."
    )
    stay_on_backup: kinds.Duration = setting(
        "5 min", "How long the backup is used before the primary is tried again."
    )
    low_balance: kinds.Count = setting(
        100,
        "Credits; below it the postmaster is told, once until it was a tenth above. 0 is never.",
    )


class Http(Section):
    """Where the gateway's callbacks come in, and the operator's own pages."""

    listen: kinds.SomeListens = setting(
        ["127.0.0.1:8080"], "/callback/<token>, /healthz and /readyz."
    )
    admin_listen: kinds.Listens = setting(
        ["127.0.0.1:8081"],
        "/metrics, for Prometheus; there is no login, and without an address nothing is counted.",
    )
    public_url: kinds.PublicUrl = setting(
        "",
        "How the gateway reaches this server; `smsbridge check` shows the address to enter there.",
        example="https://sms.example.com",
    )
    callback_token: kinds.Token = setting(
        "",
        "Required. The secret in the callback's address, 128 bits or more: whoever knows it can "
        "send you mail in anybody's name. `smsbridge config token` makes one.",
    )
    callback_token_previous: kinds.PreviousToken = setting(
        "", "Taken as well, while the gateway's portal is being changed to a new token."
    )
    callback_networks: kinds.Networks = setting(
        [], "Where callbacks may come from; [] is anywhere, if the token is right."
    )
    trusted_proxies: kinds.Networks = setting(
        [], "Whose X-Forwarded-For is believed: your own reverse proxies."
    )


class Mail(Section):
    """Where mail goes out, and to whom."""

    smarthost: kinds.Smarthost = setting(
        "smtp://127.0.0.1:25",
        "The server that delivers the bridge's mail: smtp://, smtps:// or "
        "smtp+starttls://user:password@host:port.",
    )
    inbox: kinds.MaybeMailbox = setting(
        "", "Who gets texts that answer nothing known, and list events.", example="sms@example.com"
    )
    postmaster: kinds.Postmaster = setting(
        "",
        "Required, or inbox is. Who hears what an operator must know: no credit, a refused login, "
        "mail that nobody takes.",
        example="postmaster@example.com",
    )
    connections: kinds.Positive = setting(4, "Mails in flight at one time.")
    subject_style: Literal["thread", "vendor"] = setting(
        "thread",
        "thread keeps a conversation together; vendor writes 'Message from <number>' and 'Status "
        "report for message sent to <number>', as scripts may expect.",
    )
    language: Literal["en", "de"] = setting(
        "en", "Of what the bridge itself says in a mail: English or German."
    )
    time_zone: kinds.TimeZone = setting(
        "",
        "The zone in which mails say times, by its IANA name; empty for this machine's.",
        example="Europe/London",
    )


class Store(Section):
    """Where everything is kept that was promised and is not done."""

    url: kinds.StoreUrl = setting(
        "sqlite:////var/lib/smsbridge/bridge.db",
        "An SQLite file on a local disk, which one bridge uses; or a PostgreSQL database, which any"
        " number of them may share: postgresql://user:password@host/database?sslmode=verify-full.",
    )
    keep_bodies: kinds.Wait = setting(
        "30 d", "Texts, mails and files are erased when they are done and older than this."
    )
    keep_history: kinds.Wait = setting(
        "365 d", "What is then left (who, when, how many, how it ended) is erased after this time."
    )


class Limits(Section):
    """What a mishap, or a thief, can cost at most; 0 is no limit.

    What is above a limit is held, told once, and goes by itself as the limit allows.
    """

    texts_per_hour: kinds.Count = setting(
        60,
        "A sender's texts in any hour. A text to one number counts its segments, a picture message "
        "or a call one; a list that the gateway keeps counts as one number, whatever its size.",
    )
    texts_per_day: kinds.Count = setting(300, "A sender's texts in any day.")
    texts_per_number: kinds.Count = setting(
        10, "Texts to one number from one sender in any 10 minutes: it slows two machines down."
    )
    texts_per_day_all: kinds.Count = setting(
        0, "The whole bridge's texts in any day: the cap on what a mishap can cost."
    )
    urgent_per_hour: kinds.Count = setting(
        10,
        "A sender's urgent texts (.urgent) that go above its limits in any hour, and those of all "
        "senders together that go above texts_per_day_all. 0 is none.",
    )
    same_text: kinds.Duration = setting(
        "2 min",
        "The same text to the same number within this time is not sent twice, for profiles with "
        "fold = true.",
    )


class MmsLimits(Section):
    """What an MMS may hold."""

    max_size: kinds.Size = setting(
        "300 kB", "All files of one message together; the networks' usual ceiling."
    )
    types: kinds.MediaTypes = setting(
        [
            "image/jpeg",
            "image/gif",
            "image/png",
            "audio/amr",
            "audio/mpeg",
            "video/3gpp",
            "video/mp4",
            "text/plain",
            "text/vcard",
        ],
        "The media types that go out.",
    )
