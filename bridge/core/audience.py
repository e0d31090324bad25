"""Who hears of what: the mailboxes that an event is told to."""

from __future__ import annotations

import re
from typing import assert_never

from bridge.core.about import About, Asked, SentMail
from bridge.core.conversation import notice_kind
from bridge.core.events import (
    Delayed,
    Ending,
    Event,
    Explained,
    GatewayBlocked,
    Gathered,
    Held,
    ListChanged,
    ListOrder,
    LowBalance,
    MmsReceived,
    Progress,
    Returned,
    SmsReceived,
    StatusReport,
    Summary,
    Truncated,
    Undelivered,
    Unmailed,
    Unreadable,
)
from bridge.core.model import Destination, Msisdn, Notify
from bridge.core.outcomes import State
from bridge.core.policy import Policy, Route, rule_for

_MARKS = re.compile(r"^[\W_]+|[\W_]+$")
_BEGINNING = 200


def audience(  # noqa: C901 - an arm for each event
    policy: Policy, event: Event, about: About
) -> tuple[str, ...]:
    """The mailboxes that are to hear of an event; empty if nobody is."""
    match event:
        case SmsReceived() | MmsReceived():
            return _readers(policy, event, about)
        case StatusReport():
            return _reported(policy, event, about)
        case Undelivered():
            return _undelivered(policy, event, about)
        case Delayed():
            return _sender_of(policy, about) if delays_told(policy, event, about) else ()
        case Truncated():
            return _shortened(policy, event, about)
        case ListChanged():
            return _list_readers(policy, event.list_name)
        case Summary():
            return _summarised(policy, event, about)
        case Held():
            return _held(policy, event, about)
        case Explained(to) | Gathered(to):
            return (to,)
        case ListOrder(to, list_name):
            return _distinct(to, *_list_readers(policy, list_name))
        case Returned():
            return _returned(policy, event)
        case GatewayBlocked() | LowBalance() | Unmailed() | Unreadable():
            return _distinct(policy.postmaster)
        case _:
            assert_never(event)


# ---------------------------------------------------------------- from a phone


def _readers(policy: Policy, event: SmsReceived | MmsReceived, about: About) -> tuple[str, ...]:
    """The owner of the conversation that this answers in; else a route; else the inbox.

    Two people who texted one number within a day, and no context to tell whom it answers: the
    last one gets it and the inbox a copy.
    """
    owner = _owner(event, about)
    if reachable(policy, owner):
        copy = (policy.inbox,) if about.others and about.by == "number" else ()
        return _distinct(owner, *copy)
    return unasked(policy, event)


def _owner(event: SmsReceived | MmsReceived, about: About) -> str:
    """Whom a text answers; "" if nobody.

    A conversation outlives its mails, and then a text that names it is its owner's all the same.
    One that a text began may have an owner by now who answered that very text: that is no reader.
    """
    talk = about.conversation
    if about.mail is not None:
        return about.mail.conversation.owner or about.mail.sender
    return talk.owner if talk and event.user_context == talk.token else ""


def unasked(policy: Policy, event: SmsReceived | MmsReceived) -> tuple[str, ...]:
    """Who reads a text that answers nothing: the first route that it takes, else the inbox."""
    said = event.text if isinstance(event, SmsReceived) else event.subject
    first = _first_word(said)
    for route in policy.routes:
        if _matches(route, first, event.number):
            return _distinct(*route.to)
    return _distinct(policy.inbox or policy.postmaster)


def _first_word(text: str) -> str:
    """The first word of a text, without the marks around it: `help` of `- "HELP!" I said`."""
    words = text[:_BEGINNING].split()  # of marks without end, their end would be looked for as long
    return next(filter(None, (_MARKS.sub("", word).casefold() for word in words)), "")


def _matches(route: Route, first_word: str, number: str) -> bool:
    """Whether all that a route names fits; one that names nothing fits nothing."""
    if route.keyword and _first_word(route.keyword) != first_word:
        return False
    if route.number and route.number != number:
        return False
    return bool(route.keyword or route.number)


def _list_readers(policy: Policy, list_name: str) -> tuple[str, ...]:
    for each in policy.subscription_lists.values():
        if each.name == list_name and each.to:
            return _distinct(*each.to)
    return _distinct(policy.inbox or policy.postmaster)


# ---------------------------------------------------------------- about a mail


def _reported(policy: Policy, event: StatusReport, about: About) -> tuple[str, ...]:
    """The sender of the text that the network reports on; of a text nobody knows, nobody."""
    if about.mail is None or event.progress is Progress.PENDING:
        return ()
    kind = Notify.SUCCESS if event.progress is Progress.DELIVERED else Notify.FAILURE
    return _sender_of(policy, about) if _asks(policy, about, Msisdn(event.number), kind) else ()


def _undelivered(policy: Policy, event: Undelivered, about: About) -> tuple[str, ...]:
    """The sender; the operator too if the bridge is to blame, or if only an operator can go on."""
    told = _sender_of(policy, about) if _failures_asked(policy, event, about) else ()
    held = any(each.state is State.HELD for each in event.failures)
    return _distinct(*told, policy.postmaster if event.ours or held else "")


def _held(policy: Policy, event: Held, about: About) -> tuple[str, ...]:
    """The operator, once; the sender, if it asked for failures or for delays."""
    wanted = any(
        _asks(policy, about, each, kind)
        for each in event.destinations
        for kind in (Notify.FAILURE, Notify.DELAY)
    )
    operator = policy.postmaster if event.alarms else ""
    return _distinct(*(_sender_of(policy, about) if wanted else ()), operator)


def failures_told(policy: Policy, event: Undelivered, about: About) -> tuple[Ending, ...]:
    """The failures that the mail of an event names: those that its sender asked to hear of.

    Where that is none of them, an operator reads it alone, and reads all.
    """
    return _failures_asked(policy, event, about) or event.failures


def _failures_asked(policy: Policy, event: Undelivered, about: About) -> tuple[Ending, ...]:
    return tuple(
        each for each in event.failures if _asks(policy, about, each.destination, Notify.FAILURE)
    )


def _summarised(policy: Policy, event: Summary, about: About) -> tuple[str, ...]:
    """The sender, if it asked to hear of any of these endings."""
    return _sender_of(policy, about) if endings_told(policy, event, about) else ()


def endings_told(policy: Policy, event: Summary, about: About) -> tuple[Ending, ...]:
    """The endings that the fields of a summary name: those that its sender asked to hear of."""
    return tuple(each for each in event.endings if _ending_asked(policy, about, each))


def _ending_asked(policy: Policy, about: About, each: Ending) -> bool:
    """Good news after bad is for who asked for the good, and for who asked for the bad."""
    good = each.state in (State.DELIVERED, State.SUBMITTED, State.FOLDED)
    kinds = {Notify.SUCCESS if good else Notify.FAILURE}
    if each.doubted:
        kinds.add(Notify.FAILURE)
    return any(_asks(policy, about, each.destination, kind) for kind in kinds)


def delays_told(policy: Policy, event: Delayed, about: About) -> tuple[Destination, ...]:
    """The destinations of whose delay the sender asked to hear."""
    return tuple(d for d in event.destinations if _asks(policy, about, d, Notify.DELAY))


def _shortened(policy: Policy, event: Truncated, about: About) -> tuple[str, ...]:
    """A person hears what was cut; a machine's texts are cut as a rule, so only of lost files.

    That its profile sends no files is no loss: who asks for reports of success hears of it.
    """
    mail = about.mail
    if mail is None or _reports(policy, mail) == "none":
        return ()
    if mail.asked and all(Notify.NEVER in each.notify for each in mail.asked.values()):
        return ()
    was_cut = bool(event.left) and mail.profile != "machine"
    lost_files = bool(event.files) and not event.media_off
    asks = event.media_off and any(
        _asks(policy, about, each, Notify.SUCCESS) for each in mail.asked
    )
    return _sender_of(policy, about) if was_cut or lost_files or asks else ()


def asked_of(mail: SentMail, destination: Destination) -> Asked:
    """What a client asked of a destination; of a member of a gateway's list, what it asked of that.

    A status report on a member names a number of which the mail knows nothing.
    """
    if len(mail.asked) == 1:
        (found,) = mail.asked.values()
        return found
    return mail.asked.get(destination, Asked())


def _asks(policy: Policy, about: About, destination: Destination, kind: Notify) -> bool:
    """Whether a sender wants to hear of this: as the mail asks, else as its profile says."""
    mail = about.mail
    if mail is None:
        return True
    notify = asked_of(mail, destination).notify
    if notify:
        return kind in notify
    reports = _reports(policy, mail)
    return reports == "all" or (reports == "failures" and kind is not Notify.SUCCESS)


def _reports(policy: Policy, mail: SentMail) -> str:
    found = policy.profiles.get(mail.profile)
    return found.reports if found else "failures"


def _sender_of(policy: Policy, about: About) -> tuple[str, ...]:
    """Where reports on a mail go; the postmaster where its sender cannot receive any."""
    if about.mail is None:
        return _distinct(policy.postmaster)
    mail = about.mail
    rule = rule_for(policy, mail.session, mail.sender)
    if rule and rule.report_to:
        return (rule.report_to,)
    return (mail.sender,) if reachable(policy, mail.sender) else _distinct(policy.postmaster)


def _returned(policy: Policy, event: Returned) -> tuple[str, ...]:
    """The operator, of what failed for good.

    Not of what was told to the operator in vain, or was itself such a notice: that would go in
    circles.  What neither names a mail of ours nor whom it did not reach is no news.
    """
    mine = {policy.postmaster.lower()} & {each.lower() for each in event.recipients}
    names_something = event.about or event.recipients
    is_news = event.failed and event.told and names_something
    if not is_news or mine or notice_kind(event.about) == "return":
        return ()
    return _distinct(policy.postmaster)


def reachable(policy: Policy, address: str) -> bool:
    """Whether mail can reach an address: no null or dotless one, and none that becomes a text."""
    _, at, domain = address.rpartition("@")
    domain = domain.rstrip(".").lower()
    return bool(at) and "." in domain and domain not in policy.domains


def _distinct(*addresses: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(a for a in addresses if a))
