"""A question to a gateway: asked of one host after the other, until one has a word on it.

Only for what may be asked twice without harm (a balance, a file, a change of a list): nobody here
minds whether a request left.  Texts go another way, `workers.submitter`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import UnionType
from typing import TypeAlias, TypeVar

from bridge.clients.contract import ANSWER_CAP, Uplink
from bridge.core.outcomes import Deferred, InDoubt
from bridge.gateways.contract import NotSent, Request, Response, Unanswered

T = TypeVar("T")
Read: TypeAlias = Callable[[Response], T]
NoWord: TypeAlias = Deferred | InDoubt


async def ask(
    uplink: Uplink,
    request: Request,
    read: Read[T],
    *,
    beyond: UnionType = NoWord,
    cap: int = ANSWER_CAP,
    seconds: float | None = None,
    of_one: bool = False,
) -> Mapping[str, T | InDoubt]:
    """What each host said that was asked, in that order: the last is the answer.

    The next host is asked where one says what is one of `beyond`.  There is always one host.
    """
    said: dict[str, T | InDoubt] = {}
    for host in uplink.order():
        said[host] = await ask_one(
            uplink, host, request, read, cap=cap, seconds=seconds, of_one=of_one
        )
        if not isinstance(said[host], beyond):
            break
    return said


async def ask_one(
    uplink: Uplink,
    host: str,
    request: Request,
    read: Read[T],
    *,
    cap: int = ANSWER_CAP,
    seconds: float | None = None,
    of_one: bool = False,
) -> T | InDoubt:
    """What one host says, `InDoubt` if nothing; the uplink hears whether the host works.

    `cap` (octets) and `seconds` bound the answer.  A failure may be that of one file alone
    (`of_one`), and then it says nothing of the host.
    """
    try:
        async with asyncio.timeout(seconds):
            response = await uplink.perform(host, request, cap=cap)
    except NotSent as error:
        return InDoubt("NOT_SENT", str(error))
    except (Unanswered, TimeoutError) as error:
        uplink.report(host, ok=False)
        return InDoubt("NO_ANSWER", str(error) or "the answer took too long")
    found = read(response)
    failed = isinstance(found, NoWord)
    if not (failed and of_one):
        uplink.report(host, ok=not failed)
    return found
