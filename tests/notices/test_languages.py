"""Every language says everything, in its own words, and no stranger's word is a template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, PackageLoader, nodes

from bridge.core import addressing, optouts, reporting
from bridge.core.about import SentMail
from bridge.core.addressing import NumberRules
from bridge.core.consent import Optout
from bridge.core.events import Event, SmsReceived, Unmailed
from bridge.core.model import Msisdn, Refusal
from bridge.core.outcomes import State
from bridge.core.policy import Policy
from bridge.gateways import intellisms_words
from bridge.notices.fates import fate
from bridge.notices.language import Language, language
from bridge.settings.sections import Mail
from tests.notices.cases import ANN, AT, CASES, SAM, SMS, ending, read, summed, told

FOLDERS = resources.files("bridge.notices") / "languages"
SHIPPED = sorted(each.name for each in FOLDERS.iterdir() if each.is_dir())
OTHERS = [each for each in SHIPPED if each != "en"]


def sources(name: str) -> dict[str, str]:
    """A language's templates, by their names."""
    return {each.name: each.read_text("utf-8") for each in (FOLDERS / name).iterdir()}


def quoted(source: str) -> Iterator[str]:
    """The names that a template compares with, or looks up: those are no words of a language."""
    yield from re.findall(r'== "([^"]+)"', source)
    yield from re.findall(r'^    "([a-z]+)":', source, re.MULTILINE)


# ---------------------------------------------------------------- complete


def test_the_setting_offers_the_languages_that_are_shipped() -> None:
    assert sorted(get_args(Mail.model_fields["language"].annotation)) == SHIPPED


@pytest.mark.parametrize("name", OTHERS)
def test_a_language_has_every_template_and_every_phrase(name: str) -> None:
    english, own = sources("en"), sources(name)
    names = re.compile(r"{% (?:macro|set) (\w+)")

    assert set(own) == set(english)
    assert names.findall(own["words.jinja"]) == names.findall(english["words.jinja"])


@pytest.mark.parametrize("name", OTHERS)
def test_a_templates_cases_are_the_same_in_every_language(name: str) -> None:
    english, own = sources("en"), sources(name)

    for each in english:
        if each != "reasons.jinja":
            assert list(quoted(own[each])) == list(quoted(english[each])), each


@pytest.mark.parametrize("name", SHIPPED)
def test_a_template_holds_words_and_reaches_for_nothing(name: str) -> None:
    """A value is shown, compared or counted; no other filter, and none of jinja's own functions."""
    for source in sources(name).values():
        tree = Environment(autoescape=True).parse(source)
        filters = {each.name for each in tree.find_all(nodes.Filter)}
        called = {getattr(each.node, "name", "") for each in tree.find_all(nodes.Call)}
        assert filters <= {"length"}
        assert called <= {"told", "reasoned", "about", "rows", "listed"}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", SHIPPED)
def test_every_event_is_a_mail_in_every_language(
    name: str, case: str, policy: Policy, mail: SentMail
) -> None:
    found = CASES[case].told(replace(policy, language=name), mail)
    message = read(found)
    body = message.get_body(("plain",))

    assert message["Subject"]
    assert body is not None
    assert not re.search(r"\{[{%#]|[%#}]\}|\n\n\n", body.get_content())
    assert not re.search(r"[ \t]$(?<!^-- )", body.get_content(), re.MULTILINE)


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_no_event_is_left_out_of_the_table(kind: type) -> None:
    assert any(isinstance(each.event, kind) for each in CASES.values())


@pytest.mark.parametrize("name", SHIPPED)
def test_what_could_not_be_mailed_is_named_in_words(name: str, policy: Policy) -> None:
    for kind in get_args(Event):
        event = Unmailed((), f"{kind.__name__} (e12)", "no", AT)
        said = read(told(event, replace(policy, language=name), None)).get_content()
        assert "(e12)" in said
        assert kind.__name__ not in said


def test_a_language_is_read_from_disk_once_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Language("de")
    monkeypatch.setattr(PackageLoader, "get_source", None)

    assert found.letter("low-balance", balance="1", low="2", days=None).head
    assert found.letter("delayed", groups=(), whom="Sam", came="", texts="").head


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("many", [False, True], ids=["alone", "beside-another"])
def test_every_end_has_its_words(
    state: State, name: str, many: bool, policy: Policy, mail: SentMail
) -> None:
    ended = ending(ANN, state)
    case = summed(ended, *([ending(SAM, State.DELIVERED)] if many else []))

    message = read(case.told(replace(policy, language=name, profiles={}), mail))

    assert "07700 900124" in str(message.get_body(("plain",)))
    assert fate(ended).status[0] in {"delivered": "2", "relayed": "2", "delayed": "4"}.get(
        fate(ended).action, "5"
    )


# ---------------------------------------------------------------- the house's own reasons

UK, EVERYWHERE = NumberRules("GB"), NumberRules("GB", ("*",))
REFUSALS = (
    *(addressing.number(each, UK) for each in ("sam", "", "077009001", "07700900", "0770090")),
    *(addressing.number(each, UK) for each in ("+447700900", "+99977009001234", "+4477009001234")),
    *(addressing.number(each, UK) for each in ("12345", "07700900123456", "999999999999999999999")),
    *(addressing.number(each, UK) for each in ("+49", "+447700900123456", "+4477009")),
    *(
        addressing.barred(Msisdn(each), UK)
        for each in ("4915112345678", "449098790000", "447640123456")
    ),
    *(addressing.barred(Msisdn(each), EVERYWHERE) for each in ("8816123456789", "447785016005")),
    *(addressing.number("0770090012"[: 10 - n], UK) for n in range(5)),
    *(addressing.number("07700900123" + "4" * n, UK) for n in range(1, 5)),
    addressing.barred(Msisdn("4915112345678"), UK.with_regions(("GB", "FR", "IT"))),
    addressing.barred(Msisdn("999"), EVERYWHERE),
)
"""What is wrong with numbers, as those may read who mailed a list or wrote to a group."""

REASONS = {
    *(getattr(each.event, "reason", "") for each in CASES.values()),
    *(e.reason for each in CASES.values() for e in getattr(each.event, "failures", ())),
    *(e.reason for each in CASES.values() for e in getattr(each.event, "endings", ())),
    *(unread for each in CASES.values() for unread in getattr(each.event, "unread", ())),
} - {"", "550 5.1.1 no such user", "550 no such user"}
"""What the golden mails say, but for other mail servers' words."""

ENGLISH = re.compile(r"\b(the|is|and|was|with|for|which|of|it|number|sent)\b")


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize(
    "english",
    [
        *intellisms_words.ERRORS.values(),
        *(words for _, words, _ in intellisms_words.STATUSES.values()),
        *intellisms_words.LIST_ACTIONS.values(),
        *intellisms_words.LIST_TYPES.values(),
        *intellisms_words.LIST_SOURCES.values(),
        reporting.RELAYED,
        optouts.why("447700900123", Optout(AT, "with STOP")),
        optouts.why("447700900123", Optout(AT, optouts.BY_OPERATOR)),
        optouts.why("447700900123", Optout(AT, "from the list alerts")),
        *(each.text for each in REFUSALS if isinstance(each, Refusal)),
        *sorted(REASONS),
    ],
)
def test_what_the_house_and_the_codec_say_has_its_words_in_every_language(
    name: str, english: str
) -> None:
    found = language(name).reason(english)

    assert found != english or english in ("API", "OK")
    assert not ENGLISH.search(found)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("it was not sent in time", "sie wurde nicht rechtzeitig gesendet"),
        ("the gateway refused it with NO_SUCH", "das Gateway hat abgelehnt mit NO_SUCH"),
        (
            "it may have been sent: the gateway's answer was empty; this was part 2 of 3, the rest "
            "is not sent",
            "sie wurde vielleicht gesendet: Die Antwort des Gateways war leer; dies war Teil 2 von "
            "3, der Rest wird nicht gesendet",
        ),
        (
            "447700900123 opted out with STOP on 2 May 2026",
            "447700900123 ist abgemeldet, mit STOP am 2. Mai 2026",
        ),
        ("550 no such user", "550 no such user"),
        ("", ""),
        ("*", "*"),
        ("{{ 7 * 7 }}", "{{ 7 * 7 }}"),
    ],
)
def test_a_reason_made_elsewhere_is_translated_where_it_is_known(english: str, german: str) -> None:
    assert language("de").reason(english) == german
    assert language("en").reason(english) == english


@pytest.mark.parametrize(
    ("name", "reason", "said"),
    [
        ("de", "the account's credit is used up", "Das Guthaben des Kontos ist verbraucht"),
        ("de", "it is held: no answer came", "Sie ist angehalten: Es kam keine Antwort"),
        ("de", "login refused: no such user", "Anmeldung abgelehnt: no such user"),
        ("de", "no such user", "no such user"),
        ("en", "the account's credit is used up", "the account's credit is used up"),
        ("en", "", ""),
        ("de", "", ""),
    ],
)
def test_after_a_colon_a_german_sentence_begins_with_a_capital(
    name: str, reason: str, said: str
) -> None:
    assert language(name).after_colon(reason) == said


# ---------------------------------------------------------------- no stranger writes a template


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("evil", ["{{ 7 * 7 }}", "{% raw %}", "{# no #}", "{0.__class__} %s"])
def test_a_strangers_words_are_never_a_template(
    name: str, evil: str, policy: Policy, mail: SentMail
) -> None:
    event = SmsReceived(evil, evil, evil, "", evil, evil, AT)

    message = read(told(event, replace(policy, language=name), mail))

    assert message.get_content().count(evil) >= 2  # the text, and who sent it
    assert evil in message["UserContext"]
    assert "49" not in message.get_content().replace(evil, "")


# ---------------------------------------------------------------- when


@pytest.mark.parametrize(
    ("name", "zone", "said"),
    [
        ("en", ZoneInfo("Europe/London"), "Fri 20 Nov 2026 13:50"),
        ("en", ZoneInfo("Europe/Berlin"), "Fri 20 Nov 2026 14:50"),
        ("en", ZoneInfo("Asia/Kolkata"), "Fri 20 Nov 2026 19:20"),
        ("en", ZoneInfo("Pacific/Auckland"), "Sat 21 Nov 2026 02:50"),
        ("en", ZoneInfo("UTC"), "Fri 20 Nov 2026 13:50"),
        ("en", UTC, "Fri 20 Nov 2026 13:50 UTC"),
        ("de", ZoneInfo("Europe/Berlin"), "Fr., 20. Nov. 2026, 14:50 Uhr"),
        ("de", UTC, "Fr., 20. Nov. 2026, 13:50 Uhr UTC"),
    ],
)
def test_a_time_is_said_in_the_readers_zone_whatever_the_handsets(
    name: str, zone: ZoneInfo, said: str, policy: Policy, mail: SentMail
) -> None:
    event = replace(SMS, sent="2026-11-20T22:50:05+09:00")

    message = read(told(event, replace(policy, language=name, zone=zone), mail))

    assert f", {said}. " in message.get_content()
    assert message["Date"] == "Fri, 20 Nov 2026 22:50:05 +0900"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Sun 29 Mar 2026 00:59"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "Sun 29 Mar 2026 02:00"),
        (datetime(2026, 7, 1, 12, 0, tzinfo=UTC), "Wed 1 Jul 2026 13:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Sun 25 Oct 2026 01:30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Sun 25 Oct 2026 01:30"),
    ],
)
def test_summer_time_is_the_zones(at: datetime, said: str, policy: Policy) -> None:
    event = replace(SMS, sent="", received_at=at.timestamp())

    assert f", {said}. " in read(told(event, policy, None)).get_content()


def test_a_text_of_this_week_is_said_by_its_day_in_the_readers_zone(
    policy: Policy, mail: SentMail
) -> None:
    tokyo = replace(policy, zone=ZoneInfo("Asia/Tokyo"))
    late = replace(mail, received_at=AT - timedelta(days=1).total_seconds() + 2 * 3600)

    found = read(told(SMS, tokyo, late)).get_content()

    assert 'Your text of Fri 00:50: "' in found


def test_all_days_and_months_have_their_names() -> None:
    for name in SHIPPED:
        words: Language = language(name)
        days = {words.day(datetime(2026, 11, each, tzinfo=UTC)) for each in range(1, 8)}
        months = {words.date(datetime(2026, each, 1, tzinfo=UTC)) for each in range(1, 13)}
        assert (len(days), len(months)) == (7, 12)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("en", 120.0, "120"),
        ("en", 1234567.0, "1234567"),
        ("en", 99.5, "99.5"),
        ("en", 0.0, "0"),
        ("en", -3.25, "-3.25"),
        ("de", 99.5, "99,5"),
        ("en", 100.0, "100"),
    ],
)
def test_a_number_is_written_as_its_language_does(name: str, value: float, said: str) -> None:
    assert language(name).number(value) == said
