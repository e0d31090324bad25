"""The settings as the rules of the core need them."""

from __future__ import annotations

from bridge.core import policy as core
from bridge.core.addressing import NumberRules, number
from bridge.core.model import ListName, Msisdn
from bridge.core.policy import Policy
from bridge.core.promises import Limits
from bridge.settings.model import Settings
from bridge.settings.profiles import Profile
from bridge.settings.tables import Route, SenderRule
from bridge.settings.zones import zone


def policy_of(settings: Settings) -> Policy:
    """Every rule that an operator set; names left of the @ are in lower case."""
    numbers = NumberRules(
        settings.numbers.default_region,
        settings.numbers.allowed_regions,
        settings.numbers.allow_premium,
    )
    return Policy(
        hostname=settings.smtp.hostname,
        domains=settings.smtp.domains,
        numbers=numbers,
        profiles={n: _profile(n, each) for n, each in settings.profiles.by_name().items()},
        trusted_networks=settings.smtp.trusted_networks,
        relays=settings.smtp.relays,
        authserv_id=settings.smtp.authserv_id,
        senders=tuple(_sender(each) for each in settings.senders),
        users={n: each.addresses for n, each in settings.users.items()},
        contacts=_contacts(settings),
        groups=_groups(settings, numbers),
        gateway_groups={n.lower(): ListName(each) for n, each in settings.gateway_groups.items()},
        subscription_lists={
            n.lower(): core.SubscriptionList(each.name, each.managers, each.to)
            for n, each in settings.subscription_lists.items()
        },
        routes=tuple(map(_route, settings.routes)),
        inbox=settings.mail.inbox,
        postmaster=settings.mail.postmaster or settings.mail.inbox,
        subject_style=settings.mail.subject_style,
        language=settings.mail.language,
        zone=zone(settings.mail.time_zone),
        originator=settings.gateway.originator,
        max_recipients=settings.smtp.max_recipients,
        gateway_max_recipients=settings.gateway.max_recipients,
        concatenate_unicode=settings.gateway.concatenate_unicode,
        latin1=settings.gateway.charset == "iso-8859-1",
        same_text=settings.limits.same_text,
        limits=_limits(settings),
        mms_max_size=settings.mms.max_size,
        mms_types=settings.mms.types,
    )


def _route(said: Route) -> core.Route:
    return core.Route(said.to, said.keyword, said.number.digits if said.number else "")


def _profile(name: str, profile: Profile) -> core.Profile:
    return core.Profile(name=name, **profile.model_dump())


def _limits(settings: Settings) -> Limits:
    limits = settings.limits
    return Limits(
        per_hour=limits.texts_per_hour,
        per_day=limits.texts_per_day,
        per_number=limits.texts_per_number,
        per_day_all=limits.texts_per_day_all,
        urgent_per_hour=limits.urgent_per_hour,
    )


def _sender(rule: SenderRule) -> core.SenderRule:
    return core.SenderRule(
        match=rule.match,
        profile=rule.profile,
        allowed_regions=rule.allowed_regions,
        originators=rule.originators,
        report_to=rule.report_to,
        text=rule.text,
        texts_per_hour=rule.texts_per_hour,
        texts_per_day=rule.texts_per_day,
        texts_per_number=rule.texts_per_number,
    )


def _contacts(settings: Settings) -> dict[str, core.Contact]:
    return {
        name.lower(): core.Contact(each.number, each.name or name)
        for name, each in settings.contacts.items()
    }


def _groups(settings: Settings, numbers: NumberRules) -> dict[str, tuple[Msisdn, ...]]:
    """Groups with their members' numbers, each number once."""
    contacts = {name.lower(): each.number for name, each in settings.contacts.items()}
    groups: dict[str, tuple[Msisdn, ...]] = {}
    for name, members in settings.groups.items():
        found = [contacts.get(each.lower()) or number(each, numbers) for each in members]
        groups[name.lower()] = tuple(dict.fromkeys(n for n in found if isinstance(n, Msisdn)))
    return groups
