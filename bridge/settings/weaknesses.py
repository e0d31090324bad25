"""What is valid, and may still cost money, give a secret away or be in vain: `smsbridge check`.

One function for each weakness.  It looks at the settings alone, and yields the name of what is
weak, and in a line why, and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias
from urllib.parse import parse_qs, urlsplit

from bridge.core.addressing import barred
from bridge.core.audience import reachable
from bridge.core.policy import within
from bridge.core.vouching import patterns
from bridge.settings.model import Settings
from bridge.settings.places import anybody, is_any, is_loopback, is_public, too_wide
from bridge.settings.rules import policy_of

Found: TypeAlias = Iterator[tuple[str, str]]

DAY: Final = 86400.0
LONG_BODIES, LONG_HISTORY = 366 * DAY, 5 * 366 * DAY


def weaknesses(settings: Settings) -> Found:
    """All that are there, in the order of the tables."""
    for look in WEAKNESSES:
        yield from look(settings)


# ---------------------------------------------------------------- who may send


def login_in_clear(settings: Settings) -> Found:
    """Users, and no TLS in which they could log in."""
    smtp = settings.smtp
    if settings.users and not smtp.tls_cert:
        said = "without TLS, users can log in from trusted networks alone, and their passwords go"
        yield "smtp.tls_cert", f"{said} in clear; set it, and smtp.tls_key"


def open_networks(settings: Settings) -> Found:
    """Networks whose machines need no password, or are believed, and that strangers may be in."""
    for network in settings.smtp.trusted_networks:
        if too_wide(network):
            yield "smtp.trusted_networks", f"{network}: {anybody(network)} may text; name yours"
    for network in settings.smtp.relays:
        if too_wide(network):
            yield "smtp.relays", f"{network}: {anybody(network)} may vouch for mail; name yours"


def relays_in_vain(settings: Settings) -> Found:
    """Relays that bring nothing, or that may not send what they did as machines."""
    relays, trusted = settings.smtp.relays, settings.smtp.trusted_networks
    if relays and not patterns(policy_of(settings)):
        said = "no address pattern names a domain, so all that smtp.relays bring is refused"
        yield "senders", f'{said}: match = "*@example.com"'
    for relay in relays:
        if within(str(relay.network_address), trusted):
            said = "a relay, though in smtp.trusted_networks: its own alerts need DMARC's word, too"
            yield "smtp.relays", f"{relay}: {said}"


def legacy_networks(settings: Settings) -> Found:
    """Where bare line ends are taken, mail can be smuggled: a place for a few old devices."""
    for network in settings.smtp.legacy_networks:
        if is_public(network) or too_wide(network):
            said = f"{anybody(network)} may smuggle mail through a server that relays here"
            yield "smtp.legacy_networks", f"{network}: {said}; name the devices alone"


def names_for_all(settings: Settings) -> Found:
    """Users who may write in anybody's name."""
    for name, user in settings.users.items():
        if not user.addresses:
            said = f"{name} may send in anybody's name, who then hears how it went"
            yield f"users.{name}.addresses", f"{said}; list this user's own"


def lost_users(settings: Settings) -> Found:
    """Users that are named elsewhere and are none, or have to be answered and have no mailbox."""
    policy = policy_of(settings)
    for rule in policy.senders:
        user = rule.match.removeprefix("user:")
        if rule.match.startswith("user:") and user not in policy.users:
            yield "senders", f"{rule.match}: there is no such user"
    for key, each in policy.subscription_lists.items():
        for user in each.managers:
            if user not in policy.users:
                yield f"subscription_lists.{key}.managers", f"{user}: there is no such user"
            elif not any(reachable(policy, address) for address in policy.users[user]):
                said = f"{user} has no mailbox: only the sender of an order can be answered"
                yield f"subscription_lists.{key}.managers", said


# ---------------------------------------------------------------- what it may cost


def no_limit(settings: Settings) -> Found:
    """Nothing that ends what a mishap or a thief sends."""
    limits = settings.limits
    most = max(limits.texts_per_hour, limits.texts_per_day, limits.texts_per_day_all)
    if not most:
        said = "all are 0: nothing bounds what a mishap or a stolen password costs"
        yield "limits", f"{said}; set texts_per_day_all at least"
    elif limits.urgent_per_hour > most:
        said = "more urgent texts in an hour than others in a day, and no other limit ends them"
        yield "limits.urgent_per_hour", f"{said}; lower it"
    for rule in settings.senders:
        if rule.texts_per_hour == 0 and not (limits.texts_per_day or limits.texts_per_day_all):
            yield "senders", f"{rule.match}: no limit counts for it; set limits.texts_per_day_all"


def dear_numbers(settings: Settings) -> Found:
    """Numbers that cost most, which are those that thieves text."""
    if settings.numbers.allow_premium:
        said = "premium-rate numbers may be texted, and bill whoever texts them"
        yield "numbers.allow_premium", f"{said}; make it false, unless you mean it"
    if "*" in settings.numbers.allowed_regions:
        yield "numbers.allowed_regions", "any country may be texted; list those that you text"
    for rule in settings.senders:
        if "*" in (rule.allowed_regions or ()):
            yield "senders", f"{rule.match}: may text any country; list those that it texts"


def barred_contacts(settings: Settings) -> Found:
    """Contacts whose numbers may be texted by nobody, not by a sender with its own regions."""
    policy = policy_of(settings)
    regions = [each.allowed_regions for each in policy.senders if each.allowed_regions]
    rules = (policy.numbers, *(policy.numbers.with_regions(each) for each in regions))
    for name, contact in policy.contacts.items():
        nos = [barred(contact.number, each) for each in rules]
        if nos[0] and all(nos):
            yield f"contacts.{name}", f"{contact.number}: {nos[0].text}"


# ---------------------------------------------------------------- the gateway


def gateway_in_clear(settings: Settings) -> Found:
    """The account's password and all texts, for whoever listens on the way."""
    gateway = settings.gateway
    named = {"gateway.url": gateway.url, "gateway.backup_url": gateway.backup_url}
    plain = [(name, url) for name, url in named.items() if _in_clear(url)]
    for name, url in plain:
        yield name, f"{url}: the password and all texts go out in clear; use https://"
    if gateway.allow_insecure and not plain:
        said = "true, though nothing needs it: a slip in a URL would send the password in clear"
        yield "gateway.allow_insecure", f"{said}; make it false"


def one_way(settings: Settings) -> Found:
    """Senders on the handset that answers do not come back to."""
    said = "answers do not come back to the bridge; leave it empty, if there may be any"
    if origin := settings.gateway.originator:
        why = "goes to that number" if _is_number(origin) else "nobody can answer a name"
        yield "gateway.originator", f"{origin}: {why}; {said}"
    for rule in settings.senders:
        if rule.originators and not _is_number(rule.originators[0]):
            yield "senders", f"{rule.match}: {rule.originators[0]}: nobody can answer a name"


# ---------------------------------------------------------------- callbacks


def callbacks_in_clear(settings: Settings) -> Found:
    """A token that whoever listens on the way can read."""
    http = settings.http
    if _in_clear(http.public_url):
        where = "" if http.callback_networks else ", or http.callback_networks at the very least"
        said = "the callbacks' token goes over the net in clear"
        yield "http.public_url", f"{http.public_url}: {said}; use https://, by a proxy{where}"
    for listen in http.listen:
        if not is_loopback(listen.host) and (is_any(listen.host) or not http.trusted_proxies):
            said = "callbacks and their token are taken without TLS"
            yield "http.listen", f"{listen}: {said}; use 127.0.0.1, behind a proxy with TLS"


def proxies(settings: Settings) -> Found:
    """Proxies that are not known, or strangers that are believed to be some."""
    http = settings.http
    inside = all(is_loopback(each.host) for each in http.listen)
    if inside and http.public_url.startswith("https://") and not http.trusted_proxies:
        said = "without your proxy's address all callers look like one"
        more = ", and callback_networks lets none in" if http.callback_networks else ""
        yield "http.trusted_proxies", f"{said}{more}; say 127.0.0.1, if it is on this machine"
    for network in http.trusted_proxies:
        if too_wide(network):
            said = "anybody there may say where a call comes from"
            yield "http.trusted_proxies", f"{network}: {said}; name your proxies alone"


def callback_networks(settings: Settings) -> Found:
    """A bound on where callbacks come from that bounds nothing."""
    for network in settings.http.callback_networks:
        if too_wide(network):
            said = f"{anybody(network)} may call, if the token is known"
            yield "http.callback_networks", f"{network}: {said}; name the gateway's own addresses"


def former_token(settings: Settings) -> Found:
    """A token that was to be taken for as long as the portal is being changed."""
    http = settings.http
    if former := http.callback_token_previous.get_secret_value():
        same = former == http.callback_token.get_secret_value()
        said = "the same as callback_token" if same else "still taken beside callback_token"
        yield "http.callback_token_previous", f"{said}; empty it, once the portal has the new one"


def open_admin(settings: Settings) -> Found:
    """Pages without a log-in, where others can reach them."""
    for listen in settings.http.admin_listen:
        if not is_loopback(listen.host):
            said = "/metrics has no login, and whoever reaches it can read it"
            yield "http.admin_listen", f"{listen}: {said}; use 127.0.0.1, or a firewall"


# ---------------------------------------------------------------- mail and the store


def mail_in_clear(settings: Settings) -> Found:
    """Texts and answers, for whoever listens between the bridge and its mail server."""
    smarthost = settings.mail.smarthost
    if smarthost.security == "plain" and not is_loopback(smarthost.host):
        said = f"mails go to {smarthost.host} in clear, and whoever answers there is believed"
        yield "mail.smarthost", f"{said}; use smtp+starttls://, or smtps://"


def no_postmaster(settings: Settings) -> Found:
    """Nobody of whom it is known that trouble is theirs."""
    if not settings.mail.postmaster:
        said = f"what an operator must know goes to {settings.mail.inbox}, among texts"
        yield "mail.postmaster", f"{said}; name who is to act"


def database_in_clear(settings: Settings) -> Found:
    """A database on another machine, whose certificate nobody looks at."""
    url = settings.store.url.get_secret_value()
    asked = parse_qs(url.partition("?")[2])
    far = any(each[:1] not in ("", "/") and not is_loopback(each) for each in _hosts(url, asked))
    if far and asked.get("sslmode", [""])[0] not in ("verify-full", "verify-ca"):
        said = "its password and all texts go to whoever answers as the database"
        yield "store.url", f"{said}; add ?sslmode=verify-full"


def kept_for_long(settings: Settings) -> Found:
    """Words and numbers of people, for longer than anybody asks for them."""
    store = settings.store
    if store.keep_bodies > LONG_BODIES:
        said = f"texts and mails are kept for {store.keep_bodies / DAY:.0f} days"
        yield "store.keep_bodies", f"{said}, and with every backup; 30 d is usual"
    if store.keep_history > LONG_HISTORY:
        said = f"who texted whom is kept for {store.keep_history / DAY:.0f} days"
        yield "store.keep_history", f"{said}; 365 d is usual"


WEAKNESSES: Final[tuple[Callable[[Settings], Found], ...]] = (
    login_in_clear,
    open_networks,
    relays_in_vain,
    legacy_networks,
    names_for_all,
    lost_users,
    no_limit,
    dear_numbers,
    barred_contacts,
    gateway_in_clear,
    one_way,
    callbacks_in_clear,
    proxies,
    callback_networks,
    former_token,
    open_admin,
    mail_in_clear,
    no_postmaster,
    database_in_clear,
    kept_for_long,
)


# ---------------------------------------------------------------- places


def _hosts(url: str, asked: Mapping[str, list[str]]) -> list[str]:
    """All that a database's URL names: before the path, with ports, and in the query."""
    before = url.partition("://")[2].partition("/")[0].rpartition("@")[2].split(",")
    after = ",".join((*asked.get("host", ()), *asked.get("hostaddr", ()))).split(",")
    return [*(re.sub(r":[0-9]*$", "", each).strip("[]") for each in before), *after]


def _in_clear(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def _is_number(originator: str) -> bool:
    return originator.removeprefix("+").isdigit()
