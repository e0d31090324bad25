"""What a value must be where its type alone does not say it, or where other settings count.

`ValidationInfo.context` holds all the tables as they were said, so that each rule can look at what
it refers to and still name the one place that is wrong.  All raise `ValueError` with what is
expected, for an operator.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Final

from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError
from pydantic import SecretStr, ValidationInfo

from bridge.core import addressing, options
from bridge.core.addressing import NumberRules
from bridge.core.choices import BRACES, CLEANING, FIELDS, RECIPES, TEMPLATE_FIELDS
from bridge.core.model import ListAction, Msisdn, OwnName, Refusal
from bridge.core.recipients import MAILBOXES
from bridge.settings import places
from bridge.settings.regions import REGIONS

RESERVED: Final = frozenset((*OwnName, *MAILBOXES))

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,62}[a-z0-9])?", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,200}")
_HEX = re.compile(r"[0-9A-Fa-f]+")


def table(info: ValidationInfo, *path: str) -> Mapping[str, object]:
    """A table as it was said, whether right or wrong; empty if there is none."""
    found: object = info.context or {}
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


# ---------------------------------------------------------------- the account and the listeners


def gateway_url(value: object, info: ValidationInfo) -> str:
    """A host of the gateway: https, or http where nobody can listen or the operator allows it."""
    plain = table(info, "gateway").get("allow_insecure") is True
    return places.web_url(value, plain=plain)


def public_url(value: object) -> str:
    """The callback listener as the gateway reaches it, without the path that holds the token."""
    url = places.web_url(value, plain=True) if value != "" else ""
    if "/callback" in url:
        raise ValueError("the URL before /callback/<token>: the bridge adds that itself")
    return url


def originator(value: object) -> str:
    """What a handset shows as sender: digits, or up to 11 letters (3GPP TS 23.040, 9.1.2.5)."""
    if isinstance(value, str) and re.fullmatch(
        r"\+?[0-9]{3,15}|(?=.*[A-Za-z])[A-Za-z0-9 &._-]{1,11}", value
    ):
        return value
    raise ValueError("a number of 3 to 15 digits, or 1 to 11 letters and digits")


def token(value: object) -> SecretStr:
    """A secret path of 128 bits or more: 32 hex digits, or 22 characters of base64url."""
    text = value if isinstance(value, str) else ""
    long_enough = len(text) >= 32 or not _HEX.fullmatch(text)
    if not _TOKEN.fullmatch(text) or not long_enough or len(set(text)) < 8:
        raise ValueError(
            "128 random bits or more (22 letters, digits, - and _, or 32 hex digits); "
            "`smsbridge config token` makes one"
        )
    return SecretStr(text)


def tls_key(value: str, info: ValidationInfo) -> str:
    """The key's file: set where the certificate is, and only there."""
    certificate = table(info, "smtp").get("tls_cert") or ""
    if bool(certificate) != bool(value):
        raise ValueError("smtp.tls_cert and smtp.tls_key together, or neither")
    return value


def tls_listen(value: tuple[places.Listen, ...], info: ValidationInfo) -> tuple[places.Listen, ...]:
    """Addresses for implicit TLS, which needs a certificate."""
    if value and not table(info, "smtp").get("tls_cert"):
        raise ValueError("smtp.tls_cert and smtp.tls_key for these addresses, or none of them")
    return value


def authserv_id(value: str, info: ValidationInfo) -> str:
    """The name by which the relays' results are known: set where there are relays."""
    if not value and table(info, "smtp").get("relays"):
        raise ValueError(
            "the name that stands first in the Authentication-Results of smtp.relays, such as "
            '"mx.example.com": without it nothing that they bring is believed'
        )
    return value


# ---------------------------------------------------------------- people


def own_mailbox(value: object, info: ValidationInfo) -> str:
    """A mailbox that a person reads: one at the bridge's own domain would become a text."""
    found = places.mailbox(value)
    domains = table(info, "smtp").get("domains")
    at = found.rpartition("@")[2].lower()
    if isinstance(domains, list | tuple) and at in [str(each).lower() for each in domains]:
        raise ValueError("a mailbox elsewhere: mail to smtp.domains becomes texts")
    return found


def postmaster(value: str, info: ValidationInfo) -> str:
    """The operator's mailbox; without one the inbox hears all."""
    if not value and not table(info, "mail").get("inbox"):
        raise ValueError("a mail address, here or in mail.inbox: somebody must hear of trouble")
    return value


def name(value: object, info: ValidationInfo) -> str:
    """A name left of the @: of a contact, a group, or a list at the gateway."""
    text = value if isinstance(value, str) else ""
    key = text.lower()
    if not _NAME.fullmatch(text) or ".." in text:
        raise ValueError("a name of letters, digits, and . - _ between them")
    if not re.search(r"[a-z]", key) or _is_number(key, info) or addressing.reply_address(key)[1]:
        raise ValueError("a name that does not look like a number")
    if key in _reserved(info) or options.split(key)[1]:
        raise ValueError("another name: this one means something to the bridge itself")
    tables = ("contacts", "groups", "gateway_groups")
    alike = [f"{t}.{each}" for t in tables for each in table(info, t) if each.lower() == key]
    if len(alike) > 1:
        raise ValueError(f"one of this name, in any case (there are {' and '.join(alike)})")
    return text


def list_name(value: object, info: ValidationInfo) -> str:
    """The first part of `<list>-subscribe`, which is read in any case."""
    if not isinstance(value, str) or not _NAME.fullmatch(value) or ".." in value:
        raise ValueError("a name of letters, digits, and . - _ between them")
    lists = [each for each in table(info, "subscription_lists") if each.lower() == value.lower()]
    if len(lists) > 1:
        raise ValueError(f"one of this name, in any case (there are {' and '.join(lists)})")
    return value


def _reserved(info: ValidationInfo) -> frozenset[str]:
    lists = [each.lower() for each in table(info, "subscription_lists")]
    return RESERVED | {f"{each}-{verb}" for each in lists for verb in ListAction}


def number(value: object, info: ValidationInfo) -> Msisdn:
    """A phone number, national ones by `numbers.default_region`."""
    legible = isinstance(value, str) and value.isprintable()  # the refusal quotes it
    found = addressing.number(str(value), _numbers(info)) if legible else None
    if isinstance(found, Msisdn):
        return found
    why = f" ({found.text})" if isinstance(found, Refusal) else ""
    raise ValueError(f'a phone number, such as "+447700900123"{why}')


def member(value: object, info: ValidationInfo) -> str:
    """One of a group: a contact's name or a number, as it was written."""
    text = value if isinstance(value, str) else ""
    if text.lower() in [each.lower() for each in table(info, "contacts")]:
        return text
    if not _is_number(text, info):
        raise ValueError("a name of [contacts] or a phone number")
    return text


def _is_number(text: str, info: ValidationInfo) -> bool:
    return isinstance(addressing.number(text, _numbers(info)), Msisdn)


def _numbers(info: ValidationInfo) -> NumberRules:
    region = table(info, "numbers").get("default_region")
    known = isinstance(region, str) and region in REGIONS
    return NumberRules(str(region)) if known else NumberRules()


def region(value: object) -> str:
    """A country by its ISO 3166 code."""
    if not isinstance(value, str) or value not in REGIONS:
        raise ValueError('a country\'s two letters in ISO 3166, such as "GB" or "IE"')
    return value


def allowed_region(value: object) -> str:
    """A country, or `*` for all of them."""
    return "*" if value == "*" else region(value)


# ---------------------------------------------------------------- policy


def match(value: object) -> str:
    """Whom a `[[senders]]` entry is about."""
    text = value if isinstance(value, str) else ""
    if re.fullmatch(r"user:\S+|[^\s@]+@[^\s@]+", text):
        return text
    try:
        places.network(text)
    except ValueError:
        raise ValueError(
            'a pattern of addresses ("*@example.com"), a network ("10.0.8.0/24") or "user:name"'
        ) from None
    return text


def profile(value: object, info: ValidationInfo) -> str:
    """The name of a profile that there is; "" leaves the choice to how the mail came in."""
    names = ["person", "machine"]
    names += [each for each in table(info, "profiles") if each not in names]
    if not isinstance(value, str) or (value and value not in names):
        raise ValueError("a profile: " + ", ".join(names))
    return value


def cleaning_step(value: object) -> str:
    """The name of a step of cleaning."""
    if not isinstance(value, str) or value not in CLEANING:
        raise ValueError("a step of cleaning: " + ", ".join(CLEANING))
    return value


def template(value: object) -> str:
    """What of a mail becomes the text: a choice, or a template with the fields there are."""
    text = value if isinstance(value, str) else ""
    if text in ("body", "subject", "subject+body"):
        return text
    fields = [each[1] for each in BRACES.finditer(text) if each[1] is not None]
    unknown = next((each for each in fields if each not in TEMPLATE_FIELDS), None)
    if unknown == "":
        raise ValueError("a field's name in each pair of braces, such as {subject}")
    if unknown is not None:
        there_are = ", ".join(f"{{{each}}}" for each in _fields_like(unknown))
        raise ValueError(f"one of {there_are}; there is no {{{ascii(unknown[:40])[1:-1]}}}")
    if re.search(r"[{}]", BRACES.sub("", text)):
        raise ValueError("{{ or }} for a brace that stands for itself")
    if not fields:
        raise ValueError(
            '"body", "subject", "subject+body", or a template with fields in braces, such as '
            '"{subject}: {first_line}"'
        )
    return text


def _fields_like(unknown: str) -> tuple[str, ...]:
    """The fields that an unknown one may have meant: its recipe's, those spelt alike, or any's."""
    recipe = unknown.partition("_")[0]
    if recipe in RECIPES:
        return (recipe, *(f"{recipe}_{each}" for each in RECIPES[recipe]))
    return tuple(difflib.get_close_matches(unknown[:40], TEMPLATE_FIELDS)) or FIELDS


def password_hash(value: object) -> SecretStr:
    """An Argon2id hash."""
    text = value if isinstance(value, str) and value.isascii() else ""
    try:
        kind = extract_parameters(text).type.name
    except InvalidHashError:
        kind = ""
    if kind != "ID":
        raise ValueError("an Argon2id hash; `smsbridge user passwd` writes one")
    return SecretStr(text)
