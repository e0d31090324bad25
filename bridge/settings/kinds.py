"""The types of settings: how each is written, what it becomes, what of it may be shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from bridge.core.model import Msisdn
from bridge.settings import checks, places, units, zones


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is written, and what of it is secret: all, or a URL's user and password."""

    written: Literal["text", "flag", "number", "list", "table"] = "text"
    secret: Literal["nothing", "all", "credentials"] = "nothing"


class Section(BaseModel):
    """A table of settings: fixed names, no others, and no changes once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def setting(default: object, why: str, *, example: object = None) -> Any:
    """A setting that may be left out.

    Its default is written as an operator writes it and read in the same way; `why` is its
    documentation.  `example` is shown where the default says too little.
    """
    return Field(default=default, description=why, examples=[example], validate_default=True)


def needed(why: str, *, example: object) -> Any:
    """A setting that a table of the operator's own cannot leave out."""
    return Field(description=why, examples=[example])


# ---------------------------------------------------------------- scalars


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false, without quotes")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("a text in quotes, on one line")
    return value


def whole(least: int, most: int = 10**9) -> Callable[[object], int]:
    """A reader of whole numbers within bounds."""
    bounds = f"from {least} to {most}" if most < 10**9 else f"of {least} or more"

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"a whole number {bounds}, without quotes")
        return value

    return read


def _own_count(value: object) -> int | None:
    return None if value is None else whole(0)(value)


def _or_empty(value: object, read: ValidatorFunctionWrapHandler) -> Any:
    return "" if value == "" else read(value)


def _account_name(value: object) -> str:
    if not (found := _text(value)):
        raise ValueError("the account's user name at the gateway")
    return found


def _account_password(value: object) -> SecretStr:
    if not (found := _text(value)):
        raise ValueError("the account's password at the gateway")
    return SecretStr(found)


def _previous_token(value: object) -> SecretStr:
    return SecretStr("") if value == "" else checks.token(value)


def _media_type(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", value):
        raise ValueError('a media type in lower case, such as "image/jpeg"')
    return value


def _keyword(value: object) -> str:
    if not isinstance(value, str) or len(value.split()) > 1:
        raise ValueError("one word")
    return value


def _user_name(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}", value):
        raise ValueError("a name of letters, digits and . _ @ + -")
    return value


def _at_least_one(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("a list with one entry at least")
    return values


_LIST = Kind("list")
_URL = Kind("text", "credentials")
_SECRET = Kind("text", "all")
_OR_EMPTY = WrapValidator(_or_empty)
"""\"\" means that nothing is set."""

Flag: TypeAlias = Annotated[bool, PlainValidator(_flag), Kind("flag")]
Text: TypeAlias = Annotated[str, PlainValidator(_text), Kind()]
Count: TypeAlias = Annotated[int, PlainValidator(whole(0)), Kind("number")]
Positive: TypeAlias = Annotated[int, PlainValidator(whole(1)), Kind("number")]
Segments: TypeAlias = Annotated[int, PlainValidator(whole(1, 10)), Kind("number")]
Recipients: TypeAlias = Annotated[int, PlainValidator(whole(1, 100)), Kind("number")]
OwnCount: TypeAlias = Annotated[int | None, PlainValidator(_own_count), Kind("number")]
Duration: TypeAlias = Annotated[float, PlainValidator(units.duration), Kind()]
Wait: TypeAlias = Annotated[float, PlainValidator(units.positive_duration), Kind()]
Size: TypeAlias = Annotated[int, PlainValidator(units.size), Kind()]
TimeZone: TypeAlias = Annotated[str, PlainValidator(zones.named), _OR_EMPTY, Kind()]

# ---------------------------------------------------------------- the net

Domain: TypeAlias = Annotated[str, PlainValidator(places.domain), Kind()]
AuthservId: TypeAlias = Annotated[
    str,
    PlainValidator(places.domain),
    _OR_EMPTY,
    AfterValidator(checks.authserv_id),
    Kind(),
]
Domains: TypeAlias = Annotated[tuple[Domain, ...], AfterValidator(_at_least_one), _LIST]
Listen: TypeAlias = Annotated[places.Listen, PlainValidator(places.listen), Kind()]
Listens: TypeAlias = Annotated[tuple[Listen, ...], _LIST]
SomeListens: TypeAlias = Annotated[tuple[Listen, ...], AfterValidator(_at_least_one), _LIST]
TlsListens: TypeAlias = Annotated[tuple[Listen, ...], AfterValidator(checks.tls_listen), _LIST]
TlsKey: TypeAlias = Annotated[str, PlainValidator(_text), AfterValidator(checks.tls_key), Kind()]
Network: TypeAlias = Annotated[places.Network, PlainValidator(places.network), Kind()]
Networks: TypeAlias = Annotated[tuple[Network, ...], _LIST]
Sender: TypeAlias = Annotated[places.Network, PlainValidator(places.narrow_network), Kind()]
Senders: TypeAlias = Annotated[tuple[Sender, ...], _LIST]
GatewayUrl: TypeAlias = Annotated[str, PlainValidator(checks.gateway_url), _URL]
BackupUrl: TypeAlias = Annotated[str, PlainValidator(checks.gateway_url), _OR_EMPTY, _URL]
PublicUrl: TypeAlias = Annotated[str, PlainValidator(checks.public_url), _URL]
Smarthost: TypeAlias = Annotated[places.Smarthost, PlainValidator(places.smarthost), _URL]
StoreUrl: TypeAlias = Annotated[SecretStr, PlainValidator(places.store_url), _URL]

# ---------------------------------------------------------------- secrets

AccountPassword: TypeAlias = Annotated[SecretStr, PlainValidator(_account_password), _SECRET]
Token: TypeAlias = Annotated[SecretStr, PlainValidator(checks.token), _SECRET]
PreviousToken: TypeAlias = Annotated[SecretStr, PlainValidator(_previous_token), _SECRET]
PasswordHash: TypeAlias = Annotated[SecretStr, PlainValidator(checks.password_hash), _SECRET]

# ---------------------------------------------------------------- people and policy

Mailbox: TypeAlias = Annotated[str, PlainValidator(checks.own_mailbox), Kind()]
MaybeMailbox: TypeAlias = Annotated[str, PlainValidator(checks.own_mailbox), _OR_EMPTY, Kind()]
Postmaster: TypeAlias = Annotated[
    str, PlainValidator(checks.own_mailbox), _OR_EMPTY, AfterValidator(checks.postmaster), Kind()
]
Mailboxes: TypeAlias = Annotated[tuple[Mailbox, ...], _LIST]
SomeMailboxes: TypeAlias = Annotated[tuple[Mailbox, ...], AfterValidator(_at_least_one), _LIST]
Address: TypeAlias = Annotated[str, PlainValidator(places.mailbox), Kind()]
Addresses: TypeAlias = Annotated[tuple[Address, ...], _LIST]
AccountName: TypeAlias = Annotated[str, PlainValidator(_account_name), Kind()]
UserName: TypeAlias = Annotated[str, PlainValidator(_user_name), Kind()]
UserNames: TypeAlias = Annotated[tuple[UserName, ...], _LIST]
Name: TypeAlias = Annotated[str, PlainValidator(checks.name)]
ListName: TypeAlias = Annotated[str, PlainValidator(checks.list_name)]
Member: TypeAlias = Annotated[str, PlainValidator(checks.member), Kind()]
Members: TypeAlias = Annotated[tuple[Member, ...], AfterValidator(_at_least_one), _LIST]
Number: TypeAlias = Annotated[Msisdn, PlainValidator(checks.number), Kind()]
Region: TypeAlias = Annotated[str, PlainValidator(checks.region), Kind()]
AllowedRegion: TypeAlias = Annotated[str, PlainValidator(checks.allowed_region), Kind()]
AllowedRegions: TypeAlias = Annotated[tuple[AllowedRegion, ...], _LIST]
Originator: TypeAlias = Annotated[str, PlainValidator(checks.originator), Kind()]
MaybeOriginator: TypeAlias = Annotated[str, PlainValidator(checks.originator), _OR_EMPTY, Kind()]
Originators: TypeAlias = Annotated[tuple[Originator, ...], _LIST]
Match: TypeAlias = Annotated[str, PlainValidator(checks.match), Kind()]
ProfileName: TypeAlias = Annotated[str, PlainValidator(checks.profile), Kind()]
CleaningStep: TypeAlias = Annotated[str, PlainValidator(checks.cleaning_step), Kind()]
CleaningSteps: TypeAlias = Annotated[tuple[CleaningStep, ...], _LIST]
Template: TypeAlias = Annotated[str, PlainValidator(checks.template), Kind()]
OwnTemplate: TypeAlias = Annotated[str, PlainValidator(checks.template), _OR_EMPTY, Kind()]
Keyword: TypeAlias = Annotated[str, PlainValidator(_keyword), Kind()]
MediaType: TypeAlias = Annotated[str, PlainValidator(_media_type), Kind()]
MediaTypes: TypeAlias = Annotated[tuple[MediaType, ...], _LIST]
