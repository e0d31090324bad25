"""Every setting there is: one model, from which the example, the documentation and the checks come.

The names are fixed, so that documents and scripts can rely on them.  A setting is one field, with
its type (`kinds`), its default as an operator would write it, and why.
"""

from __future__ import annotations

from typing import Annotated

from bridge.settings import kinds
from bridge.settings.kinds import Kind, Section, setting
from bridge.settings.profiles import Profiles
from bridge.settings.sections import (
    GatewayAccount,
    Http,
    Limits,
    Mail,
    MmsLimits,
    Numbers,
    Smtp,
    Store,
)
from bridge.settings.tables import Contact, Route, SenderRule, SubscriptionList, User


class Settings(Section):
    """What an operator decided."""

    smtp: Smtp = setting({}, "")
    numbers: Numbers = setting({}, "")
    gateway: GatewayAccount = setting({}, "")
    http: Http = setting({}, "")
    mail: Mail = setting({}, "")
    store: Store = setting({}, "")
    profiles: Profiles = setting({}, "")
    limits: Limits = setting({}, "")
    mms: MmsLimits = setting({}, "")
    senders: Annotated[tuple[SenderRule, ...], Kind("list")] = setting([], "")
    users: dict[kinds.UserName, User] = setting({}, "", example="jo")
    contacts: dict[kinds.Name, Contact] = setting({}, "", example="sam")
    groups: dict[kinds.Name, kinds.Members] = setting(
        {},
        "Several people under one name, ops@sms.example.com: names of [contacts], or numbers.",
        example={"ops": ["sam", "+447700900124"]},
    )
    gateway_groups: dict[kinds.Name, kinds.Text] = setting(
        {},
        "Distribution lists that the gateway keeps: customers@sms.example.com, and its name there.",
        example={"customers": "Customers 2026"},
    )
    subscription_lists: dict[kinds.ListName, SubscriptionList] = setting({}, "", example="alerts")
    routes: Annotated[tuple[Route, ...], Kind("list")] = setting([], "")
