"""What the mails say of who is not to be texted: STOP in a picture, on a list, by an order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.about import Asked, SentMail
from bridge.core.consent import OptoutEffect
from bridge.core.model import ListAction, ListName, Part
from bridge.core.policy import Policy
from tests.notices.cases import MMS, ORDER, SMS, answer, read, told


@pytest.mark.parametrize(
    ("subject", "parts", "opted_out", "noted"),
    [
        ("STOP", (), False, True),
        ("Look", (Part("a.txt", "", b"Stop!"),), False, True),
        ("Look", (Part("a.txt", "", b"Bus stop"),), False, False),
        ("START", (), False, False),
        ("STOP", (), True, False),
    ],
    ids=["its subject", "its text", "a word of it", "START", "one who opted out already"],
)
def test_a_picture_message_that_says_stop_has_a_note(
    policy: Policy,
    subject: str,
    parts: tuple[Part, ...],
    opted_out: bool,
    noted: bool,
) -> None:
    event = replace(MMS, files=(), subject=subject, opted_out=opted_out)
    body = read(told(event, policy, None, parts)).as_string()
    assert ("This may be meant as STOP" in body) is noted


@pytest.mark.parametrize("effect", list(OptoutEffect))
def test_only_who_is_not_texted_any_more_hears_of_the_gateway_s_lists(
    policy: Policy, mail: SentMail, effect: OptoutEffect
) -> None:
    event = replace(SMS, text="STOP", effect=effect)
    to_list = replace(mail, asked={ListName("Customers 2026"): Asked()})
    body = read(told(event, policy, to_list)).get_content()
    noted = "[Bridge cannot stop texts to the list Customers 2026, which the gateway" in body
    assert noted is (effect in (OptoutEffect.STOPPED, OptoutEffect.STILL))


def test_an_order_that_took_off_no_contact_says_nothing_of_contacts(policy: Policy) -> None:
    order = replace(ORDER, action="unsubscribe", numbers=("447700900124",), unread=())
    message = read(told(order, policy, None, (answer("447700900124", "done"),)))
    assert message.get_content().replace("\r\n", "\n") == (
        "The list alerts, unsubscribe: 1 of 1 done.\n\nUnsubscribed (1):\n- 07700 900124\n\n"
        "They are not texted from here any more, until they are subscribed again or text START.\n"
    )


@pytest.mark.parametrize("action", list(ListAction))
def test_an_order_that_did_nothing_says_nothing_of_opt_outs(
    policy: Policy, action: ListAction
) -> None:
    order = replace(ORDER, action=action, unread=())
    body = read(told(order, policy, None)).get_content()
    assert "any more" not in body
    assert "again." not in body


@pytest.mark.parametrize("text", ["START", "STOP"])
def test_what_changes_nothing_of_the_operator_s_block_is_an_ordinary_mail(
    policy: Policy, mail: SentMail, text: str
) -> None:
    message = read(told(replace(SMS, text=text, opted_out=True), policy, mail))
    body = message.get_content()
    assert message["Subject"] == "Re: Friday [ORDER-42]"
    assert body.replace("\r\n", "\n").startswith(f"{text}\n\n-- \n")
    assert "07700 900123 has opted out, and mail to it is refused." in body
