"""The account at the gateway: login, credit, distribution lists, subscription lists."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from bridge.sandbox.form import Form
from bridge.sandbox.page import Wrong, demand

COUNTRY = "44"
"""Whose national numbers (07700 900123) the gateway understands."""

SHORTEST, LONGEST = 8, 15
"""Digits of a number that can be routed, in international form."""

ACTIONS = frozenset({"1", "2", "3"})
"""Subscribe, unsubscribe, delete."""

LIST = "MySubscriptionListName"
CUSTOMERS = "Customers 2026"


def international(written: str) -> str:
    """A number's digits in international form; "" where it cannot be one."""
    digits = written.translate(dict.fromkeys(map(ord, " -.()")))
    digits = digits.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return ""
    if digits.startswith("00"):
        digits = digits[2:]
    elif digits.startswith("0"):
        digits = COUNTRY + digits[1:]
    return digits if SHORTEST <= len(digits) <= LONGEST else ""


@dataclass
class Account:
    """What is set up for one customer; `balance` is in credits and may be set at any time."""

    username: str = "sandbox"
    password: str = field(default="sandbox", repr=False)
    balance: int = 1000
    groups: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {CUSTOMERS: ("447700900301", "447700900302", "447700900303")}
    )
    lists: dict[str, set[str]] = field(default_factory=lambda: {LIST: set()})

    def login(self, form: Form) -> None:
        """Raise `Wrong` unless the form knows the account."""
        username = demand(form, "username", "NO_USERNAME").encode()
        password = demand(form, "password", "NO_PASSWORD").encode()
        known = hmac.compare_digest(username, self.username.encode())
        if not (hmac.compare_digest(password, self.password.encode()) and known):
            raise Wrong("LOGIN_INVALID")

    def recipients(self, entries: list[str]) -> list[str]:
        """Numbers in international form, once each, lists expanded; what is neither, as written."""
        groups = {name.casefold(): members for name, members in self.groups.items()}
        found: dict[str, None] = {}
        for entry in entries:
            members = groups.get(entry.casefold(), (international(entry) or entry,))
            found.update(dict.fromkeys(members))
        return list(found)

    def charge(self, cost: int) -> None:
        """Pay for a submission; raises `Wrong` where the balance does not suffice."""
        if cost > self.balance:
            raise Wrong("INSUFFICIENT_CREDIT")
        self.balance -= cost

    def update_list(self, form: Form) -> tuple[str, str, str]:
        """Change a subscription list; return its name, the number and the action."""
        name = demand(form, "sublistname", "PARAMETER_MISSING")
        written = demand(form, "msisdn", "PARAMETER_MISSING")
        action = demand(form, "action", "PARAMETER_MISSING")
        if name not in self.lists or action not in ACTIONS:
            raise Wrong("PPARAMETER_INVALID")
        number = international(written)
        if not number:
            raise Wrong("INVALID_REQUEST")
        if action == "1":
            self.lists[name].add(number)
        else:
            self.lists[name].discard(number)
        return name, number, action
