"""The bridge's own addresses, through the whole house: `explain@` and `sendsms@`."""

from __future__ import annotations

from bridge.cli.playground import OWNER
from tests.flows.conftest import House, letter

PHONE = "447700900001"


async def test_a_mail_to_explain_is_answered_and_nothing_is_texted(house: House) -> None:
    mail = letter(
        "Hi Sam,\n\nI’m free till 4\n\n-- \nJo Smith\n",
        "Friday",
        From=OWNER,
        To=f"{PHONE}@sms.example.com, explain@sms.example.com",
        Message_ID="<friday@example.com>",
    )
    answer = await house.post(mail, "explain")
    told = await house.told(OWNER, "Explained: Friday")
    assert answer.startswith("e")
    assert told.message["In-Reply-To"] == "<friday@example.com>"
    assert told.message["Auto-Submitted"] == "auto-replied"
    text = told.text
    assert f"{PHONE}@sms.example.com: {PHONE}" in text
    assert "- Jo Smith  [signature]" in text
    assert "| I'm free till 4" in text
    assert "1 segment x 1 number = 1 credit" in text
    assert not house.sandbox.taken


async def test_a_script_of_the_vendors_service_needs_only_a_new_host(house: House) -> None:
    mail = letter(
        f"Username: acme\nPassword: s3cr3t\nTo: {PHONE}, 07700 900011\nUserContext: 42\n\nHello",
        "",
        From=OWNER,
    )
    spool_id = await house.post(mail, "sendsms")
    texts = await house.texted("Hello", 2)
    assert {each.usercontext for each in texts} == {"42"}
    assert len(await house.deliveries(spool_id)) == 2
