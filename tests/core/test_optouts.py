"""STOP, START and what is near to them: what is done, what is only told, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.core.addressing import NumberRules
from bridge.core.consent import Optout, OptoutChange
from bridge.core.events import Event, ListChanged, SmsReceived, Unreadable
from bridge.core.model import Msisdn
from bridge.core.optouts import (
    BY_OPERATOR,
    by_operator,
    change,
    counts,
    keyword,
    near,
    why,
    withdrawn,
)
from bridge.core.outcomes import State
from bridge.core.policy import Contact, Policy, SubscriptionList

NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC).timestamp()
SAM, ALEX = "447700900123", "447700900124"

POLICY = Policy(
    hostname="sms.example.com",
    domains=("sms.example.com",),
    numbers=NumberRules(),
    profiles={},
    contacts={"alex": Contact(Msisdn(ALEX), "Alex")},
    subscription_lists={"alerts": SubscriptionList("MyAlerts")},
)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("STOP", "STOP"),
        ("stop", "STOP"),
        ("Stop!", "STOP"),
        (" stop. \r\n", "STOP"),
        ('"STOP"', "STOP"),
        ("\u201cStop\u201d", "STOP"),
        ("*STOP*", "STOP"),
        ("_stop_", "STOP"),
        ("ＳＴＯＰ", "STOP"),
        ("𝐒𝐓𝐎𝐏", "STOP"),
        ("STOP 🛑", "STOP"),
        ("STOP ✋\ufe0f", "STOP"),
        ("\u200bSTOP\u200b", "STOP"),
        ("S.T.O.P.", "STOP"),
        ("Stop :-(", "STOP"),
        ("STOPALL", "STOPALL"),
        ("Stop all", "STOPALL"),
        ("stop-all", "STOPALL"),
        ("Unsubscribe.", "UNSUBSCRIBE"),
        ("un-subscribe", "UNSUBSCRIBE"),
        ("START", "START"),
        ("start!", "START"),
        ("", ""),
        ("🛑", ""),
        ("STOP 1", ""),
        ("stop stop", ""),
        ("Stop. Thank you", ""),
        ("UNSTOP", ""),
        ("restart", ""),
        ("stopped", ""),
        ("Let's stop", ""),
        ("Stopp", ""),
    ],
    ids=ascii,
)
def test_a_keyword_is_a_text_that_says_it_alone(text: str, word: str) -> None:
    assert keyword(text) == word


@pytest.mark.parametrize(
    "text",
    [
        "Stop. Thank you",
        "please stop",
        "Please STOP!!!",
        "stop texting me",
        "Stop it",
        "Stop this now",
        "STOP STOP",
        "Stopp",
        "Hi, please stop sending me these texts",
        "ok stop",
        "STOP\n\nSent from my iPhone",
        "I never asked for this. Stop.",
        "could you stop messaging me",
        "Unsubscribe me please",
        "unsuscribe",
        "I want to unsubscribe",
        "I'd like to opt out",
        "opt-out",
        "remove me from this list",
        "take me off your list",
        "Don't text me again",
        "don\u2019t text me",
        "do not contact this number",
        "No more texts please",
        "stop-all thanks",
        "STOP 1",
        "stop2",
        "Stop 07700 900123",
        "STOP ACME",
        "Stop ACME.",
        "END",
        "Quit!",
        "cancel",
        "REVOKE",
        "unsub",
        "ARRET",
        "Arrêt",
        "Alto",
        "BAJA",
        "parar",
        "СТОП",
        "opt out of these texts",
        "remove me",
    ],
)
def test_what_a_person_would_take_for_a_stop_is_near_to_one(text: str) -> None:
    assert keyword(text) == ""
    assert near(text)


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "Start",
        "",
        "Yes 4pm works",
        "I'll stop by at 5",
        "Stop by when you can",
        "please stop at the shop for milk",
        "Which bus stop?",
        "The non-stop flight, please",
        "We stopped at the bridge",
        "The pump will not stop",
        "Take my car",
        "Can you remove the old router?",
        "Please start",
        "stop " * 200,
        "take me to the shop",
        "can you take me to the station?",
        "don't text and drive",
        "opt out of the meeting?",
        "we opted out of lunch",
        "stop it you're killing me 😂",
        "Stop at ACME",
        "The end",
        "I have to cancel",
    ],
    ids=lambda text: text[:30],
)
def test_what_only_has_the_word_is_not(text: str) -> None:
    assert not near(text)


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("STOP", True),
        ("Unsubscribe!", True),
        ("please stop", True),
        ("Start", False),
        ("Us", False),
    ],
)
def test_a_picture_message_that_says_stop_is_near_to_one(said: str, noted: bool) -> None:
    """Nothing is done about it, wherever in the message it stands."""
    assert near(said, picture=True) is noted


def text(words: str, number: str = SAM, sent: str = "") -> SmsReceived:
    return SmsReceived(number, words, "m1", sent, "", "", NOW)


def listed(action: str, number: str = SAM, *, name: str = "MyAlerts", at: str = "") -> ListChanged:
    return ListChanged(name, "user", number, action, "API", at, NOW)


@pytest.mark.parametrize(
    ("event", "wish"),
    [
        (text("Stop!"), OptoutChange(SAM, True, NOW, "with STOP")),
        (text("stop all"), OptoutChange(SAM, True, NOW, "with STOPALL")),
        (text("start"), OptoutChange(SAM, False, NOW, "with START")),
        (text("stop", ALEX), OptoutChange(ALEX, True, NOW, "with STOP", spared=True)),
        (listed("unsubscribed"), OptoutChange(SAM, True, NOW, "from the list alerts")),
        (listed("subscribed"), OptoutChange(SAM, False, NOW, "from the list alerts")),
        (
            listed("unsubscribed", name="Others"),
            OptoutChange(SAM, True, NOW, "from the list Others"),
        ),
        (
            listed("unsubscribed", name="x\u202e" * 99),
            OptoutChange(SAM, True, NOW, "from a list of the gateway"),
        ),
        (
            listed("unsubscribed", ALEX),
            OptoutChange(ALEX, True, NOW, "from the list alerts", spared=True),
        ),
        (listed("deleted"), None),
        (listed("action 9"), None),
        (listed("unsubscribed", ""), None),
        (text("Stop. Thank you"), None),
        (text("STOP", "ACME"), None),
        (text("STOP", "0"), None),
        (Unreadable("no fields", b"STOP", NOW), None),
    ],
    ids=repr,
)
def test_an_event_utters_a_wish_or_none(event: Event, wish: OptoutChange | None) -> None:
    assert change(POLICY, event) == wish


@pytest.mark.parametrize(
    ("stated", "at"),
    [
        ("2026-05-02T11:59:00Z", NOW - 60),
        ("2026-05-02T12:59:00+01:00", NOW - 60),
        ("2026-05-02T12:59:00 01:00", NOW - 60),  # a plus that was not escaped
        ("2026-05-02T12:00:30Z", NOW),  # nobody is heard before he speaks
        ("2027-05-02T12:00:00Z", NOW),
        ("2026-03-01T12:00:00Z", NOW),  # no callback is so long on its way
        ("1970-01-01T00:00:00Z", NOW),
        ("yesterday", NOW),
        ("", NOW),
    ],
)
def test_a_wish_is_as_old_as_its_callback_says_if_that_can_be(stated: str, at: float) -> None:
    for event in (text("STOP", sent=stated), listed("unsubscribed", at=stated)):
        wish = change(POLICY, event)
        assert wish
        assert wish.at == at


def test_the_operator_s_word_spares_no_contact() -> None:
    found = by_operator(Msisdn(ALEX), out=True, now=NOW)
    assert found == OptoutChange(ALEX, True, NOW, "by the operator")
    assert not found.spared


@pytest.mark.parametrize(
    ("source", "out", "counted"),
    [
        ("with START", True, False),
        ("from the list alerts", True, False),
        (BY_OPERATOR, True, True),
        ("with START", False, True),
    ],
)
def test_the_operator_s_block_is_lifted_by_the_operator_alone(
    source: str, out: bool, counted: bool
) -> None:
    wish = OptoutChange(SAM, False, NOW + 60, source)
    assert counts(wish, last=BY_OPERATOR, at=NOW, out=out) is counted


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("with STOP", "447700900123 opted out with STOP on 2 May 2026"),
        ("from the list alerts", "447700900123 opted out from the list alerts on 2 May 2026"),
        ("by the operator", "447700900123 opted out by the operator on 2 May 2026"),
    ],
)
def test_a_refusal_says_how_and_when(source: str, said: str) -> None:
    assert why(SAM, Optout(NOW, source)) == said


def test_a_text_that_waited_ends_as_refused_for_good() -> None:
    ending = withdrawn(SAM, Optout(NOW, "with STOP"))
    assert (ending.destination, ending.state) == (Msisdn(SAM), State.REJECTED)
    assert (ending.token, ending.enhanced) == ("OPTED_OUT", "5.7.1")
    assert ending.reason == "447700900123 opted out with STOP on 2 May 2026"
