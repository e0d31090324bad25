"""Who hears of what, as a routing table."""

import ipaddress
from dataclasses import replace
from typing import Literal

import pytest

from bridge.core.about import About, Asked, SentMail
from bridge.core.addressing import NumberRules
from bridge.core.audience import audience, delays_told, failures_told
from bridge.core.events import (
    Delayed,
    Ending,
    Event,
    GatewayBlocked,
    Held,
    ListChanged,
    ListOrder,
    MmsReceived,
    Progress,
    SmsReceived,
    StatusReport,
    Summary,
    Truncated,
    Undelivered,
    Unmailed,
    Unreadable,
)
from bridge.core.model import Conversation, ListName, Msisdn, Notify, Session
from bridge.core.outcomes import State
from bridge.core.policy import Policy, Profile, Route, SenderRule, SubscriptionList

SAM = Msisdn("447700900123")
PERSON = Profile("person", "body", True, 4, "truncate", True, "tell", "failures", 86400.0)
JO, KIM = "jo@example.com", "kim@example.com"
INBOX, OPS = "inbox@example.com", "ops@example.com"

POLICY = Policy(
    hostname="sms.example.com",
    domains=("sms.example.com", "texts.example.com"),
    numbers=NumberRules(),
    profiles={
        "person": PERSON,
        "machine": replace(PERSON, name="machine"),
        "all": replace(PERSON, name="all", reports="all"),
        "none": replace(PERSON, name="none", reports="none"),
    },
    trusted_networks=(ipaddress.ip_network("10.0.0.0/8"),),
    senders=(SenderRule("10.0.8.0/24", report_to="alerts@example.com"),),
    subscription_lists={
        "alerts": SubscriptionList("Alerts", to=("lists@example.com",)),
        "news": SubscriptionList("News"),
    },
    routes=(
        Route(("help@example.com", JO), keyword="HELP"),
        Route(("vip@example.com",), number="447700900999"),
        Route(("stock@example.com",), keyword="stock", number="447700900888"),
        Route(("nobody@example.com",)),
    ),
    inbox=INBOX,
    postmaster=OPS,
)
MAIL = SentMail(
    id="m1",
    sender=JO,
    profile="person",
    conversation=Conversation("7kq2pab3xd", JO, "Friday", "<r@x>"),
    subject="Friday",
    message_id="<r@x>",
    references=(),
    received_at=0.0,
)
TALK = MAIL.conversation
ANSWERS = About(MAIL, "token")


def owned(owner: str, sender: str = "") -> About:
    conversation = replace(MAIL.conversation, owner=owner)
    return About(replace(MAIL, conversation=conversation, sender=sender), "token")


def sms(text: str = "Hi", number: str = "447700900123", context: str = "") -> SmsReceived:
    return SmsReceived(number, text, "1", "", context, "", 0.0)


def mms(subject: str) -> MmsReceived:
    return MmsReceived("447700900123", subject, "1", (), "", "", "", 0.0)


@pytest.mark.parametrize(
    ("event", "about", "readers"),
    [
        pytest.param(sms(), ANSWERS, (JO,), id="the author of the text"),
        pytest.param(mms("Hi"), ANSWERS, (JO,), id="the author, for a picture too"),
        pytest.param(sms("HELP"), ANSWERS, (JO,), id="an answer takes no route"),
        pytest.param(sms(), owned(KIM, JO), (KIM,), id="the conversation's owner"),
        pytest.param(sms(), owned("", JO), (JO,), id="else the mail's sender"),
        pytest.param(sms(), owned(""), (INBOX,), id="a null sender reads nothing"),
        pytest.param(sms(), owned("root@web1"), (INBOX,), id="a dotless sender reads nothing"),
        pytest.param(
            sms(), owned("447700900124@SMS.example.com"), (INBOX,), id="an answer never texts"
        ),
        pytest.param(sms("help me"), owned("root@web1"), ("help@example.com", JO), id="but routed"),
        pytest.param(
            sms(), About(MAIL, "number", (KIM,)), (JO, INBOX), id="two texted: a copy to the inbox"
        ),
        pytest.param(
            sms(), About(MAIL, "context", (KIM,)), (JO,), id="two texted, the context tells"
        ),
        pytest.param(
            sms(context=TALK.token), About(conversation=TALK), (JO,), id="its mails are erased"
        ),
        pytest.param(
            sms(), About(conversation=TALK), (INBOX,), id="it began what its owner answered"
        ),
        pytest.param(
            sms("help", context=TALK.token),
            About(conversation=replace(TALK, owner="")),
            ("help@example.com", JO),
            id="nobody answered yet",
        ),
        pytest.param(sms(), About(), (INBOX,), id="unasked: the inbox"),
        pytest.param(sms("Help! I am stuck"), About(), ("help@example.com", JO), id="a keyword"),
        pytest.param(sms("* “Help”"), About(), ("help@example.com", JO), id="a keyword in marks"),
        pytest.param(
            sms("Help" + "." * 60_000 + "x"),
            About(),
            ("help@example.com", JO),
            id="T48: in a crowd",
        ),
        pytest.param(sms("helpful"), About(), (INBOX,), id="a keyword is a whole word"),
        pytest.param(sms("please help"), About(), (INBOX,), id="a keyword comes first"),
        pytest.param(mms("help"), About(), ("help@example.com", JO), id="a picture's keyword"),
        pytest.param(sms("Hi", "447700900999"), About(), ("vip@example.com",), id="a number"),
        pytest.param(sms("Stock 3", "447700900888"), About(), ("stock@example.com",), id="both"),
        pytest.param(sms("Stock 3"), About(), (INBOX,), id="the keyword without the number"),
        pytest.param(sms(""), About(), (INBOX,), id="an empty text"),
        pytest.param(sms(" ... "), About(), (INBOX,), id="a text of dots"),
    ],
)
def test_a_text_goes_to_whom_it_answers_else_by_route_else_to_the_inbox(
    event: Event, about: About, readers: tuple[str, ...]
) -> None:
    assert audience(POLICY, event, about) == readers


def asked(*notify: Notify, profile: str = "person", sender: str = JO, peer: str = "") -> About:
    return About(
        replace(
            MAIL,
            asked={SAM: Asked(frozenset(notify))},
            profile=profile,
            sender=sender,
            session=Session(peer),
        ),
        "message-id",
    )


def report(progress: Progress) -> StatusReport:
    return StatusReport("1", "447700900123", "6", progress, "words", "5.0.0", 0.0)


def undelivered(state: State = State.REJECTED, *, ours: bool = False) -> Undelivered:
    return Undelivered("m1", "s1", (Ending(SAM, state, "T", "reason", "5.0.0"),), 0.0, ours)


def order(list_name: str) -> ListOrder:
    return ListOrder(JO, list_name, "alerts", "subscribe", ("1",), (), "", "", 0.0)


DELIVERED = report(Progress.DELIVERED)
FAILED = report(Progress.UNDELIVERABLE)
LATE = report(Progress.EXPIRED)
PENDING = report(Progress.PENDING)
REJECTED = undelivered()
HELD = Held("m1", (SAM,), "it looks like a loop", 0.0)
DELAYED = Delayed("m1", (SAM,), "reason", 0.0)
CUT = Truncated("m1", "a", "b", (), 0.0)
LEFT_OUT = Truncated("m1", "a", "", ("x.heic",), 0.0)
UNSENT = Truncated("m1", "a [1 picture]", "", ("x.jpg",), 0.0, media_off=True)


@pytest.mark.parametrize(
    ("about", "told"),
    [
        pytest.param(asked(), {FAILED, LATE, REJECTED, DELAYED, CUT, LEFT_OUT}, id="as a rule"),
        pytest.param(
            asked(profile="all"),
            {DELIVERED, FAILED, LATE, REJECTED, DELAYED, CUT, LEFT_OUT, UNSENT},
            id="reports = all",
        ),
        pytest.param(asked(profile="none"), set(), id="reports = none"),
        pytest.param(
            asked(profile="forgotten"),
            {FAILED, LATE, REJECTED, DELAYED, CUT, LEFT_OUT},
            id="a profile that is gone",
        ),
        pytest.param(
            asked(profile="machine"),
            {FAILED, LATE, REJECTED, DELAYED, LEFT_OUT},
            id="a machine's texts are cut as a rule",
        ),
        pytest.param(asked(Notify.NEVER), set(), id="NOTIFY=NEVER"),
        pytest.param(asked(Notify.NEVER, profile="all"), set(), id="NEVER beats the profile"),
        pytest.param(
            asked(Notify.SUCCESS), {DELIVERED, CUT, LEFT_OUT, UNSENT}, id="NOTIFY=SUCCESS"
        ),
        pytest.param(
            asked(Notify.FAILURE),
            {FAILED, LATE, REJECTED, CUT, LEFT_OUT},
            id="NOTIFY=FAILURE",
        ),
        pytest.param(asked(Notify.DELAY), {DELAYED, CUT, LEFT_OUT}, id="NOTIFY=DELAY"),
        pytest.param(
            asked(Notify.SUCCESS, Notify.FAILURE, profile="none"),
            {DELIVERED, FAILED, LATE, REJECTED},
            id="NOTIFY beats reports = none",
        ),
    ],
)
def test_a_sender_hears_what_the_mail_asked_for_else_what_its_profile_says(
    about: About, told: set[Event]
) -> None:
    for event in (DELIVERED, FAILED, LATE, PENDING, REJECTED, DELAYED, CUT, LEFT_OUT, UNSENT):
        assert audience(POLICY, event, about) == ((JO,) if event in told else ()), event


@pytest.mark.parametrize(
    ("state", "doubted", "asking"),
    [
        pytest.param(State.DELIVERED, False, {"success"}, id="delivered"),
        pytest.param(State.SUBMITTED, False, {"success"}, id="relayed"),
        pytest.param(State.FOLDED, False, {"success"}, id="another stands for it"),
        pytest.param(State.UNDELIVERABLE, False, {"failure"}, id="failed"),
        pytest.param(State.DELIVERED, True, {"success", "failure"}, id="delivered after all"),
        pytest.param(State.UNDELIVERABLE, True, {"failure"}, id="failed after all"),
    ],
)
def test_an_ending_in_a_summary_is_told_to_who_asked_for_its_kind(
    state: State, doubted: bool, asking: set[str]
) -> None:
    event = Summary("m1", (Ending(SAM, state, "", "", "", doubted),), (), 0, 0.0)
    wishes = {"success": asked(Notify.SUCCESS), "failure": asked(Notify.FAILURE)}
    told = {name for name, about in wishes.items() if audience(POLICY, event, about)}
    assert told == asking


ANN = Msisdn("447700900124")
NEVER, FAILURE = frozenset({Notify.NEVER}), frozenset({Notify.FAILURE})
DELAY = frozenset({Notify.DELAY})


@pytest.mark.parametrize(
    ("sam", "ann", "readers", "named"),
    [
        pytest.param(FAILURE, FAILURE, (JO,), (SAM, ANN), id="both"),
        pytest.param(NEVER, FAILURE, (JO,), (ANN,), id="the second"),
        pytest.param(FAILURE, NEVER, (JO,), (SAM,), id="the first"),
        pytest.param(NEVER, frozenset(), (JO,), (ANN,), id="the second, as its profile says"),
        pytest.param(NEVER, NEVER, (), (SAM, ANN), id="none: all, to an operator if to anybody"),
    ],
)
def test_a_sender_hears_of_each_failure_that_it_asked_to_hear_of_and_of_no_other(
    sam: frozenset[Notify],
    ann: frozenset[Notify],
    readers: tuple[str, ...],
    named: tuple[Msisdn, ...],
) -> None:
    about = About(replace(MAIL, asked={SAM: Asked(sam), ANN: Asked(ann)}))
    failures = tuple(Ending(each, State.REJECTED, "T", "r", "5.0.0") for each in (SAM, ANN))
    event = Undelivered("m1", "s1", failures, 0.0)

    assert audience(POLICY, event, about) == readers
    assert tuple(each.destination for each in failures_told(POLICY, event, about)) == named
    ours = replace(event, ours=True)
    assert audience(POLICY, ours, about) == (*readers, OPS)


@pytest.mark.parametrize(
    ("sam", "ann", "named"),
    [
        (DELAY, DELAY, (SAM, ANN)),
        (NEVER, DELAY, (ANN,)),
        (FAILURE, frozenset(), (ANN,)),
        (NEVER, FAILURE, ()),
    ],
)
def test_a_sender_hears_of_each_delay_that_it_asked_to_hear_of(
    sam: frozenset[Notify], ann: frozenset[Notify], named: tuple[Msisdn, ...]
) -> None:
    about = About(replace(MAIL, asked={SAM: Asked(sam), ANN: Asked(ann)}))
    event = Delayed("m1", (SAM, ANN), "reason", 0.0)

    assert delays_told(POLICY, event, about) == named
    assert audience(POLICY, event, about) == ((JO,) if named else ())


@pytest.mark.parametrize(("ann", "told"), [(NEVER, ()), (FAILURE, (JO,)), (frozenset(), (JO,))])
def test_a_sender_hears_what_was_cut_unless_it_wants_to_hear_of_nobody(
    ann: frozenset[Notify], told: tuple[str, ...]
) -> None:
    about = About(replace(MAIL, asked={SAM: Asked(NEVER), ANN: Asked(ann)}))

    assert audience(POLICY, CUT, about) == told


@pytest.mark.parametrize(
    ("profile", "reports", "told"),
    [
        pytest.param("person", "failures", (JO,), id="a person: of the cut"),
        pytest.param("machine", "failures", (), id="a machine: of neither"),
        pytest.param("machine", "all", (JO,), id="a machine that asks for all"),
    ],
)
def test_pictures_that_a_profile_does_not_send_are_no_lost_files(
    profile: str, reports: Literal["failures", "all"], told: tuple[str, ...]
) -> None:
    profiles = {profile: replace(PERSON, name=profile, reports=reports)}
    event = replace(UNSENT, left="the rest")

    assert audience(replace(POLICY, profiles=profiles), event, asked(profile=profile)) == told


def test_a_report_on_a_member_is_told_as_was_asked_of_its_list() -> None:
    about = About(replace(MAIL, asked={ListName("Customers"): Asked(NEVER)}))

    assert audience(POLICY, FAILED, about) == ()


@pytest.mark.parametrize(
    ("about", "readers"),
    [
        pytest.param(asked(), (JO,), id="the sender"),
        pytest.param(asked(sender=""), (OPS,), id="the null sender"),
        pytest.param(asked(sender="root@web1"), (OPS,), id="a dotless sender"),
        pytest.param(asked(sender="4477@texts.example.com"), (OPS,), id="no report is a text"),
        pytest.param(asked(peer="10.0.8.9"), ("alerts@example.com",), id="report_to"),
        pytest.param(asked(sender="", peer="10.0.8.9"), ("alerts@example.com",), id="null, set"),
        pytest.param(asked(peer="10.0.9.9"), (JO,), id="another network"),
        pytest.param(About(), (OPS,), id="a mail that nobody knows"),
    ],
)
def test_a_failure_is_told_where_its_sender_can_read_it(
    about: About, readers: tuple[str, ...]
) -> None:
    assert audience(POLICY, REJECTED, about) == readers


@pytest.mark.parametrize(
    ("event", "about", "readers"),
    [
        pytest.param(undelivered(ours=True), asked(), (JO, OPS), id="our fault: the operator too"),
        pytest.param(undelivered(State.HELD), asked(), (JO, OPS), id="held: the operator too"),
        pytest.param(undelivered(State.EXPIRED), asked(), (JO,), id="expired: the sender"),
        pytest.param(undelivered(ours=True), asked(Notify.NEVER), (OPS,), id="NEVER, our fault"),
        pytest.param(undelivered(ours=True), asked(sender=""), (OPS,), id="told once"),
        pytest.param(HELD, asked(), (JO, OPS), id="held for a loop: the operator too"),
        pytest.param(HELD, asked(Notify.DELAY), (JO, OPS), id="held, DELAY"),
        pytest.param(HELD, asked(Notify.SUCCESS), (OPS,), id="held, SUCCESS"),
        pytest.param(HELD, asked(Notify.NEVER), (OPS,), id="held, NEVER"),
        pytest.param(HELD, asked(profile="none"), (OPS,), id="held, no reports"),
        pytest.param(FAILED, About(), (), id="a report on nothing of ours"),
        pytest.param(DELIVERED, About(), (), id="a delivery of nothing of ours"),
        pytest.param(
            ListChanged("Alerts", "", "1", "", "", "", 0.0),
            About(),
            ("lists@example.com",),
            id="list",
        ),
        pytest.param(ListChanged("News", "", "1", "", "", "", 0.0), About(), (INBOX,), id="no to"),
        pytest.param(ListChanged("?", "", "1", "", "", "", 0.0), About(), (INBOX,), id="unknown"),
        pytest.param(order("Alerts"), About(), (JO, "lists@example.com"), id="an order"),
        pytest.param(order("News"), About(), (JO, INBOX), id="an order, no to"),
        pytest.param(GatewayBlocked("T", "r", 0.0), About(), (OPS,), id="the gateway"),
        pytest.param(Unmailed((JO,), "w", "r", 0.0), About(), (OPS,), id="a mail refused"),
        pytest.param(Unreadable("w", b"", 0.0), About(), (OPS,), id="unreadable"),
    ],
)
def test_operators_and_lists(event: Event, about: About, readers: tuple[str, ...]) -> None:
    assert audience(POLICY, event, about) == readers


def test_without_an_inbox_the_postmaster_reads_texts() -> None:
    assert audience(replace(POLICY, inbox=""), sms(), About()) == (OPS,)


def test_where_nobody_is_set_nobody_hears() -> None:
    silent = replace(POLICY, inbox="", postmaster="")

    assert audience(silent, sms(), About()) == ()
    assert audience(silent, REJECTED, asked(sender="")) == ()
