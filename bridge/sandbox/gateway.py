"""The gateway in miniature: its page's interface, a handful of phones, and callbacks.

`async with Sandbox(callback=url) as sandbox:` serves the page at `sandbox.url` (and, with a second
address, at `sandbox.backup.url`, for the same account).  All of it is in memory and bounded.
"""

from __future__ import annotations

import itertools
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType

from bridge.sandbox import page, people, phone
from bridge.sandbox.account import Account
from bridge.sandbox.door import PAGE, Answer, Asked, Door
from bridge.sandbox.form import File, Form, weight
from bridge.sandbox.forwarding import RETRY_INTERVAL, Forwarder
from bridge.sandbox.page import Message, Wrong, demand
from bridge.sandbox.record import Latest, Record
from bridge.sandbox.taken import Taken

REPORT_DELAY = 0.05
"""Seconds from a text's submission to its first status report."""

CHANGED_BY_API = "7"
CHANGED_BY_PHONE = "1"


class Sandbox:
    """The gateway; see the module.  Everything may be changed while it runs.

    `callback` is where it posts ("" for nowhere), `interim` the status codes it reports before the
    final one, `reporting` whether it reports at all, `long_unicode` whether `hex` of more than 140
    octets is concatenated up to `maxconcat` (the page says no, the vendor's SDKs hope so).
    """

    def __init__(
        self,
        *,
        listen: Sequence[str] = ("127.0.0.1:0",),
        callback: str = "",
        account: Account | None = None,
        retry_interval: float = RETRY_INTERVAL,
        report_delay: float = REPORT_DELAY,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.account = account or Account()
        self.forwarder = Forwarder(callback, retry_interval=retry_interval)
        self.doors = tuple(Door(each, self._answer, tls) for each in listen)
        self.taken: Record[Taken] = Record(lambda taken: weight(taken.files))
        self.asked: Record[Asked] = Record(lambda asked: weight(asked.form.files))
        self.interim: Sequence[str] = ("2", "3")
        self.reporting = True
        self.report_delay = report_delay
        self.long_unicode = False
        # Both series grow across restarts: a client may remember ids for weeks.
        self._ids = (f"1001{number}" for number in itertools.count(time.time_ns() // 1000))
        self._inbound_ids = (
            f"5001{number % 10**11:011d}" for number in itertools.count(int(time.time() * 10))
        )
        self._open = AsyncExitStack()
        self._contexts: Latest[str, str] = Latest()
        self._mms: Latest[str, tuple[File, ...]] = Latest()
        self._erred: Latest[tuple[str, Message], None] = Latest()

    async def __aenter__(self) -> Sandbox:
        async with AsyncExitStack() as opening:
            for door in self.doors:
                await door.open()
                opening.push_async_callback(door.close)
            self.forwarder.start()
            opening.push_async_callback(self.forwarder.close)
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    @property
    def callback(self) -> str:
        """Where callbacks are posted."""
        return self.forwarder.url

    @callback.setter
    def callback(self, url: str) -> None:
        self.forwarder.url = url

    @property
    def url(self) -> str:
        """The primary gateway's base URL."""
        return self.doors[0].url

    @property
    def primary(self) -> Door:
        """The door at the first address."""
        return self.doors[0]

    @property
    def backup(self) -> Door:
        """The door at the second address."""
        return self.doors[1]

    async def wait_for(
        self,
        predicate: Callable[[Taken], bool] = lambda _: True,
        timeout: float = 5.0,  # noqa: ASYNC109 - the caller's patience is what this verb is about
    ) -> Taken:
        """The first text taken, or still to be taken, that satisfies; raises `TimeoutError`."""
        return await self.taken.wait_for(predicate, timeout)

    # ---------------------------------------------------------------- what phones do

    def text_in(
        self, number: str, text: str, *, usercontext: str | None = None, network: str = ""
    ) -> str:
        """A phone texts us; return the message's id.

        Without a `usercontext` it answers the last text it got, as the platform tracks replies.
        """
        context = self._contexts.get(number, "") if usercontext is None else usercontext
        message_id = next(self._inbound_ids)
        self.forwarder.post(
            [phone.sms(message_id, number, text, usercontext=context, network=network)]
        )
        return message_id

    def mms_in(
        self,
        number: str,
        subject: str,
        files: Sequence[File],
        *,
        usercontext: str | None = None,
    ) -> str:
        """A phone sends an MMS, whose files wait to be retrieved; return its id."""
        context = self._contexts.get(number, "") if usercontext is None else usercontext
        message_id = next(self._inbound_ids)
        self._mms[message_id] = tuple(files)
        names = [file.name for file in files]
        self.forwarder.post(
            [phone.mms(message_id, number, subject, files=names, usercontext=context)]
        )
        return message_id

    def list_changed(
        self, name: str, number: str, action: str, *, source: str = CHANGED_BY_PHONE
    ) -> None:
        """A subscription list changes, for `source` and with `action` as the page numbers them."""
        self.forwarder.post([phone.list_event(name, number, action, source=source)])

    def report(self, message_id: str, number: str, status: str) -> None:
        """One more status report."""
        self.forwarder.post([phone.report(message_id, number, status)])

    # ---------------------------------------------------------------- what clients ask

    def _answer(self, asked: Asked) -> Answer:
        if not asked.path.endswith(PAGE):
            return self._for_people(asked)
        if asked.method not in ("GET", "POST"):
            return Answer(b"Method not allowed", 405)
        self.asked.add(asked)
        try:
            return self._carry_out(asked)
        except Wrong as wrong:
            return Answer(f"ERR:{wrong.token}\r\n".encode())

    def _for_people(self, asked: Asked) -> Answer:
        form, sender = asked.form, asked.form.get("from").strip(" +")
        match (asked.method, asked.path):
            case ("GET", "/"):
                wants_json = "application/json" in asked.accept
                return people.overview(self.account, self.taken, self.forwarder, wants_json)
            case ("POST", "/phone") if sender and self.forwarder.url:
                context = form.fields.get("usercontext")
                if form.files:
                    mms = self.mms_in(sender, form.get("text"), form.files, usercontext=context)
                    return people.line(mms)
                return people.line(self.text_in(sender, form.get("text"), usercontext=context))
            case ("POST", "/phone"):
                return people.line("a phone needs from=NUMBER, and the sandbox a callback URL", 400)
            case _:
                return people.line("GET / shows what was sent, POST /phone texts in", 404)

    def _carry_out(self, asked: Asked) -> Answer:
        match asked.path.split("/")[1:]:
            case [*_, "getbalance.aspx"] | [*_, "getbalance", "default.aspx"]:
                self.account.login(asked.form)
                return Answer(f"BALANCE:{self.account.balance}\r\n".encode())
            case [*_, "sendmsg.aspx"]:
                return self._submit(asked, mms=False)
            case [*_, "default.aspx"]:
                return self._submit(asked, mms=True)
            case [*_, "retrievemms.aspx"]:
                return self._retrieve(asked.form)
            case [*_, "updatesubscriptionlist.aspx"]:
                self.account.login(asked.form)
                name, number, action = self.account.update_list(asked.form)
                self.list_changed(name, number, action, source=CHANGED_BY_API)
                return Answer(b"OK\r\n")
            case _:
                return Answer(b"<html><body>The resource cannot be found.</body></html>", 404)

    def _submit(self, asked: Asked, *, mms: bool) -> Answer:
        self.account.login(asked.form)
        entries = page.numbers(asked.form)
        message = page.message(asked.form, mms=mms, long_unicode=self.long_unicode)
        errors = {to: self._error(to, message) for to in self.account.recipients(entries)}
        accepted = [number for number, error in errors.items() if not error]
        self.account.charge(message.credits * len(accepted))
        submission = next(self._ids)
        for number in accepted:
            self._take(submission, number, message, asked)
        lost = any(phone.fate(number) is phone.Fate.UNANSWERED for number in accepted)
        words = {
            to: f"ERR:{error}" if error else f"ID:{submission}" for to, error in errors.items()
        }
        return Answer(_lines(words), lost=lost)

    def _error(self, number: str, message: Message) -> str:
        """Why a number is refused; "" if it is not."""
        if not number.isdecimal():
            return "INVALID_NUMBER"
        match phone.fate(number):
            case phone.Fate.INVALID:
                return "INVALID_NUMBER"
            case phone.Fate.NO_CREDIT:
                return "INSUFFICIENT_CREDIT"
            case phone.Fate.ERROR_ONCE:
                return self._error_once(number, message)
            case _:
                return ""

    def _error_once(self, number: str, message: Message) -> str:
        if (number, message) in self._erred:
            del self._erred[number, message]
            return ""
        self._erred[number, message] = None
        return "GATEWAY_ERROR"

    def _take(self, submission: str, number: str, message: Message, asked: Asked) -> None:
        form = asked.form
        context, originator = form.get("usercontext"), form.get("from")
        self.taken.add(
            Taken(
                id=submission,
                door=asked.door,
                kind=message.kind,
                to=number,
                text=message.text,
                usercontext=context,
                originator=originator,
                credits=message.credits,
                message=message,
                fields=form.fields,
                at=asked.at,
            )
        )
        self._contexts[number] = context
        reports = []
        if self.reporting and form.get("delrpt") != "0":
            reports = phone.reports(submission, number, self.interim)
        if phone.fate(number) is phone.Fate.ANSWERED and not page.has_letters(originator):
            answer = phone.answer(message.text)
            reports.append(phone.sms(next(self._inbound_ids), number, answer, usercontext=context))
        self.forwarder.post(reports, after=self.report_delay)

    def _retrieve(self, form: Form) -> Answer:
        self.account.login(form)
        files = self._mms.get(demand(form, "msgid", "NO_MSGID"))
        wanted = demand(form, "msgpart", "PARAMETER_MISSING")
        if files is None:
            raise Wrong("MSGID_INVALID")
        for index, file in enumerate(files, 1):
            if wanted in (file.name, str(index)):
                return Answer(file.body, content_type=file.media_type)
        raise Wrong("PARAMETER_INVALID")


def _lines(words: dict[str, str]) -> bytes:
    """One line for one recipient, else a line for each, with its number."""
    if len(words) == 1:
        return "".join(f"{word}\r\n" for word in words.values()).encode()
    return "".join(f"{number},{word}\r\n" for number, word in words.items()).encode()
