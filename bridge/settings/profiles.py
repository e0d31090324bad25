"""How mail of people and of machines becomes texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import ConfigDict

from bridge.core.choices import CLEANING, FIELDS, RECIPES
from bridge.settings import kinds
from bridge.settings.kinds import Section, needed, setting

TEXT = (
    "What becomes the text: body, subject, subject+body, or a template with fields in braces, "
    '"{subject}: {first_line}". Any mail has '
    + ", ".join(f"{{{each}}}" for each in FIELDS)
    + "; {alert} is one line of an alert that is understood, else subject+body. For one kind of "
    "alert, {nagios} is the line and {nagios_host} a field of it; there are "
    + ", ".join(RECIPES)
    + ". Where all fields are empty, the text is subject+body."
)


class Profile(Section):
    """How mail of one kind of sender becomes texts."""

    text: kinds.Template = needed(TEXT, example="body")
    clean: kinds.Flag = needed(
        "Leave off quoted history, signatures, footers and banners.", example=True
    )
    clean_except: kinds.CleaningSteps = setting(
        [], f"Steps of cleaning that are switched off, of {', '.join(CLEANING)}."
    )
    learn_tails: kinds.Flag = setting(
        False,
        "Leave off closing blocks that one sender's mails have ended in three times; `smsbridge "
        "tails` shows them.",
    )
    max_segments: kinds.Segments = needed(
        "The most that one text may cost, in segments of 153 characters (67 with Unicode), from 1 "
        "to 10.",
        example=4,
    )
    over_limit: Literal["truncate", "refuse"] = setting(
        "truncate", "A longer text is cut, and the sender told; or refused."
    )
    media: kinds.Flag = needed("Pictures and sounds become an MMS.", example=True)
    in_doubt: Literal["tell", "resend"] = needed(
        "When a request left and no answer came, the text may have been sent or not: tell the "
        "sender, or send it once more.",
        example="tell",
    )
    fold: kinds.Flag = setting(
        False,
        "Fold storms of similar texts, and send the same text once: after 5 texts to one number in "
        "5 minutes those that differ in digits alone are counted, not sent, and a text every 10 "
        "minutes says how many; see same_text in [limits].",
    )
    reports: Literal["failures", "all", "none"] = setting(
        "failures", "What the sender hears, where the mail itself does not ask (DSN NOTIFY=)."
    )
    expires: kinds.Wait = needed(
        "A text older than this is not sent any more, and its sender told.", example="24 h"
    )


class Person(Profile):
    """People: AUTH users, known mailboxes, answers to an address of the bridge."""

    text: kinds.Template = setting("body", "")
    clean: kinds.Flag = setting(True, "")
    max_segments: kinds.Segments = setting(4, "")
    media: kinds.Flag = setting(True, "")
    in_doubt: Literal["tell", "resend"] = setting("tell", "")
    expires: kinds.Wait = setting("24 h", "")


class Machine(Profile):
    """Machines: trusted_networks without AUTH, and mail that says it is Auto-Submitted."""

    text: kinds.Template = setting("subject+body", "")
    clean: kinds.Flag = setting(False, "")
    max_segments: kinds.Segments = setting(2, "")
    media: kinds.Flag = setting(False, "")
    in_doubt: Literal["tell", "resend"] = setting("resend", "")
    fold: kinds.Flag = setting(True, "")
    expires: kinds.Wait = setting("60 min", "")


class Profiles(Section):
    """The two profiles there always are, and others for `[[senders]]` to name."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Profile]

    person: Person = setting({}, "")
    machine: Machine = setting({}, "")

    def by_name(self) -> Mapping[str, Profile]:
        """All profiles."""
        return {"person": self.person, "machine": self.machine, **self.__pydantic_extra__}
