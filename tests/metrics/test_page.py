"""The page by itself: it asks little of the spool, waits for it in bounds, and stays small."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from threading import Thread
from typing import BinaryIO

import pytest
from prometheus_client import CollectorRegistry, generate_latest, process_collector
from prometheus_client.metrics import MetricWrapperBase

from bridge import maillog
from bridge.loglines import witnessed
from bridge.metrics import page as module
from bridge.metrics.facts import SETTLED
from bridge.metrics.page import Page
from bridge.metrics.series import MOST, Series
from bridge.spool.contract import Unavailable
from bridge.spool.views import Lane

README = Path(__file__).parents[2] / "README.md"
HOST = "https://gateway.example/sms"


class Spool:
    """Two lanes; they can be away, or silent."""

    def __init__(self) -> None:
        self.asked = 0
        self.fault: Exception | None = None
        self.speaks = asyncio.Event()
        self.speaks.set()

    async def lanes(self) -> Sequence[Lane]:
        self.asked += 1
        await self.speaks.wait()
        if self.fault:
            raise self.fault
        return Lane("submit", 7, 61.5, 1.0, "LOGIN_INVALID"), Lane("notify", 0, 0.0)


@pytest.fixture
async def spool() -> Spool:
    return Spool()


@pytest.fixture
async def page(spool: Spool) -> AsyncIterator[Page]:
    page = Page([HOST])
    page.open(spool.lanes)
    yield page
    page.close()


async def lines(page: Page) -> list[str]:
    """What the page says of the house, without its comments."""
    said = (await page.read()).decode().splitlines()
    return [each for each in said if each.startswith("smsbridge_")]


async def test_the_page_says_how_the_lanes_stand(page: Page) -> None:
    found = await lines(page)
    assert 'smsbridge_queue_depth{lane="submit"} 7.0' in found
    assert 'smsbridge_queue_head_age_seconds{lane="submit"} 61.5' in found
    assert 'smsbridge_queue_resting{lane="submit"} 1.0' in found
    assert 'smsbridge_queue_resting{lane="notify"} 0.0' in found
    assert "smsbridge_store_up 1.0" in found


async def test_a_hundred_who_read_at_once_and_again_are_one_question(
    page: Page, spool: Spool
) -> None:
    said = [await asyncio.gather(*(page.read() for _ in range(50))) for _ in range(2)]
    assert len({each for some in said for each in some}) == 1
    assert spool.asked == 1


@pytest.mark.parametrize("fault", [Unavailable("locked"), None], ids=["refuses", "is silent"])
async def test_without_the_store_there_is_a_page_and_no_word_of_its_lanes(
    page: Page, spool: Spool, fault: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FRESH", 0.0)
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    await page.read()
    spool.fault = fault
    if fault is None:
        spool.speaks.clear()
    found = await lines(page)
    assert "smsbridge_store_up 0.0" in found
    assert not [each for each in found if each.startswith("smsbridge_queue")]


async def test_whoever_gives_up_does_not_take_the_page_from_others(
    page: Page, spool: Spool
) -> None:
    spool.speaks.clear()
    impatient, patient = (asyncio.create_task(page.read()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    spool.speaks.set()
    assert b"queue_depth" in await patient


async def test_a_loop_that_stands_still_is_noticed(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PULSE", 0.01)
    page = Page([])
    page.open(spool.lanes)
    await asyncio.sleep(0)
    time.sleep(0.12)  # noqa: ASYNC251 - that is what is to be noticed
    await asyncio.sleep(0.02)
    (late,) = [each for each in await lines(page) if 'loop_lag_seconds_bucket{le="0.1"}' in each]
    (count,) = [each for each in await lines(page) if "loop_lag_seconds_count" in each]
    assert float(late.split()[-1]) < float(count.split()[-1])
    page.close()


def test_a_service_that_sees_its_own_processes_alone_tells_of_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Our unit has ProcSubset=pid: there is no /proc/stat."""
    plain = CollectorRegistry()
    process_collector.ProcessCollector(registry=plain)
    begun = plain.get_sample_value("process_start_time_seconds")

    def seen(path: str, mode: str) -> BinaryIO:
        if path == "/proc/stat":
            raise FileNotFoundError(path)
        return open(path, "rb")  # noqa: PTH123 - as the library does

    monkeypatch.setattr(process_collector, "open", seen, raising=False)
    told = Page([])._registry.get_sample_value
    assert (told("process_resident_memory_bytes") or 0) > 2**20
    assert told("process_cpu_seconds_total")
    assert told("process_open_fds")
    assert told("process_start_time_seconds") == pytest.approx(begun, abs=2)


async def test_what_a_thread_tells_is_counted_all_of_it(page: Page) -> None:
    def tells() -> None:
        for _ in range(500):
            maillog.answered("m1.1", host=HOST, took=0.1)

    threads = [Thread(target=witnessed(page.facts).run, args=(tells,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        await asyncio.to_thread(each.join)
    counted = f'smsbridge_gateway_request_seconds_count{{host="{HOST}"}} 2000.0'
    assert counted in await lines(page)


def test_readme_names_every_metric_and_its_labels_and_no_other() -> None:
    registry = Page([HOST])._registry
    found = {
        f"{each._name}{'_total' if each._type == 'counter' else ''}": set(each._labelnames)
        for each in registry._collector_to_names
        if isinstance(each, MetricWrapperBase)
    }
    rows = re.findall(
        r"^\| `(smsbridge_\w+)(?:\{([\w,]+)\})?` \|", README.read_text(), re.MULTILINE
    )
    said = {name: set(labels.split(",")) - {""} for name, labels in rows}
    assert said == found


@pytest.mark.parametrize(
    ("label", "said", "shown"),
    [
        ("token", "INVALID_NUMBER", "INVALID_NUMBER"),
        ("token", "", ""),
        ("token", "447700900123", "other"),
        ("token", "Fire in hall B", "other"),
        ("token", "A" * 41, "other"),
        ("token", "HTTP_500", "HTTP_500"),
        ("token", "HTTP_5000", "other"),
        ("profile", "Pager 2, night: São Paulo", "Pager 2, night: São Paulo"),
        ("kind", "SmsReceived", "SmsReceived"),
        ("kind", "jo@example.com", "other"),
        ("state", "not-mailed", "not-mailed"),
        ("reply", "550 5.7.1", "550 5.7.1"),
        ("reply", "421", "421"),
        ("reply", "447 700.900.123", "other"),
    ],
)
def test_a_label_s_value_is_a_word_or_other(label: str, said: str, shown: str) -> None:
    """P11"""
    registry = CollectorRegistry()
    Series(registry).counter("tried", "Tries.", label)(said)
    assert f'smsbridge_tried_total{{{label}="{shown}"}} 1.0' in generate_latest(registry).decode()


def test_a_gateway_that_finds_ever_new_words_fills_neither_memory_nor_page() -> None:
    """What became of the texts is told all the same."""
    registry = CollectorRegistry()
    tried = Series(registry).counter("tried", "Tries.", "state", "token")
    for n in range(MOST + 50):
        tried("rejected", "".join("ABCDEFGHIJ"[int(digit)] for digit in str(n)))
    tried("submitted", "NEW")
    said = generate_latest(registry).decode()
    assert 'smsbridge_tried_total{state="rejected",token="other"} 50.0' in said
    assert 'smsbridge_tried_total{state="submitted",token="other"} 1.0' in said
    assert said.count("smsbridge_tried_total{") == MOST + 2


def test_words_that_are_not_shown_take_no_room() -> None:
    registry = CollectorRegistry()
    tried = Series(registry).counter("tried", "Tries.", "token")
    for n in range(MOST):
        tried(f"said {n}")
    tried("INVALID_NUMBER")
    said = generate_latest(registry).decode()
    assert f'smsbridge_tried_total{{token="other"}} {MOST}.0' in said
    assert 'smsbridge_tried_total{token="INVALID_NUMBER"} 1.0' in said


async def test_what_the_rules_ask_for_is_there_before_anything_happens(page: Page) -> None:
    """But the credit, which nobody knows: a forecast would be spoilt by what is no number."""
    found = await lines(page)
    for said in (
        *(f'texts_total{{state="{state}"}}' for state in SETTLED),
        'notices_total{kind="SmsReceived",state="dead"}',
        'notices_total{kind="Undelivered",state="mailed"}',
    ):
        assert f"smsbridge_{said} 0.0" in found
    assert not [each for each in found if "balance" in each]
    assert not [each for each in found if 'state="delivered"' in each], "networks say that"
    page.facts("balance", {"balance": 12.5})
    page._written = None
    assert "smsbridge_gateway_balance_credits 12.5" in await lines(page)


async def test_a_host_that_nobody_told_of_harms_no_request(page: Page) -> None:
    witnessed(page.facts).run(maillog.answered, "m1.1", host="https://other.example", took=0.1)
    assert not [each for each in await lines(page) if "other.example" in each]
