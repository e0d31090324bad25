"""The gateways that Bridge can speak to, by the name that `gateway.kind` gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bridge.core.addressing import NumberRules
from bridge.gateways.contract import Gateway
from bridge.gateways.intellisms import IntelliSms


@dataclass(frozen=True, slots=True)
class Account:
    """What any gateway is made from: the values of `[gateway]`, and how numbers are read."""

    url: str
    username: str = field(repr=False)
    password: str = field(repr=False)
    backup_url: str = ""
    charset: Literal["vendor-utf-8", "utf-8", "iso-8859-1"] = "vendor-utf-8"
    delivery_reports: bool = True
    numbers: NumberRules = field(default_factory=NumberRules)


def gateway(kind: str, account: Account) -> Gateway:
    """The codec for an account; `kind` is one of `KINDS`."""
    return KINDS[kind](account)


def _intellisms(account: Account) -> Gateway:
    hosts = tuple(url for url in (account.url, account.backup_url) if url)
    return IntelliSms(
        hosts,
        account.username,
        account.password,
        charset=account.charset,
        delivery_reports=account.delivery_reports,
        numbers=account.numbers,
    )


KINDS: Mapping[str, Callable[[Account], Gateway]] = {"intellisms": _intellisms}
