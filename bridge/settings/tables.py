"""The tables that an operator names: who sends, who is texted, who hears."""

from __future__ import annotations

from pydantic import model_validator

from bridge.settings import kinds
from bridge.settings.kinds import Section, needed, setting


class SenderRule(Section):
    """Policy for some senders; the first match wins.

    It never admits anybody by address: admission is AUTH, smtp.trusted_networks, or smtp.relays.
    """

    match: kinds.Match = needed(
        "A pattern of reverse paths, a network (10.0.8.0/24), or a user (user:jo).",
        example="*@example.com",
    )
    profile: kinds.ProfileName = setting(
        "", "The profile; empty for the one by how the mail came in.", example="machine"
    )
    texts_per_hour: kinds.OwnCount = setting(None, "Instead of the one in [limits].", example=600)
    texts_per_day: kinds.OwnCount = setting(None, "Instead of the one in [limits].", example=3000)
    texts_per_number: kinds.OwnCount = setting(None, "Instead of the one in [limits].", example=30)
    allowed_regions: kinds.AllowedRegions | None = setting(
        None, "Instead of the ones in [numbers].", example=["GB", "IE"]
    )
    originators: kinds.Originators = setting(
        [], "What X-SMS-From may say; the first is this sender's default.", example=["ACME"]
    )
    report_to: kinds.MaybeMailbox = setting(
        "", "Where reports go, for senders that cannot receive mail.", example="ops@example.com"
    )
    text: kinds.OwnTemplate = setting("", "Instead of the profile's.", example="{subject}")


class User(Section):
    """Somebody who may send after SMTP AUTH."""

    password: kinds.PasswordHash = needed(
        "An Argon2id hash; `smsbridge user add jo` writes it.",
        example="$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGtub3dzIGl0$" + "A" * 43,
    )
    addresses: kinds.Addresses = setting(
        [],
        "What this user may send as; the first hears how it went. [] is any address.",
        example=["jo@example.com"],
    )


class Contact(Section):
    """A person with a phone: sam@sms.example.com, and the name in what the bridge mails."""

    number: kinds.Number = needed("The phone number.", example="+447700900123")
    name: kinds.Text = setting("", "The name that mails show.", example="Sam Jones")


class SubscriptionList(Section):
    """A subscription list at the gateway, managed by mail.

    Mail to alerts-subscribe@, -unsubscribe@ and -delete@ holds one number a line.
    """

    name: kinds.Text = needed("The list's name at the gateway.", example="MySubscriptionListName")
    managers: kinds.UserNames = setting(
        [],
        "The AUTH users whose mails change the list; [] is nobody.",
        example=["jo"],
    )
    to: kinds.Mailboxes = setting(
        [], "Where its events are mailed; [] is mail.inbox.", example=["ops@example.com"]
    )


class Route(Section):
    """Where texts go that answer nothing; the first match wins, by keyword or by number."""

    keyword: kinds.Keyword = setting("", "The text's first word, in any case.", example="HELP")
    number: kinds.Number | None = setting(None, "The phone that texted.")
    to: kinds.SomeMailboxes = needed(
        "Who gets the text.", example=["support@example.com", "jo@example.com"]
    )

    @model_validator(mode="after")
    def _matches_something(self) -> Route:
        if not self.keyword and self.number is None:
            raise ValueError("a keyword or a number: without either it matches no text")
        return self
