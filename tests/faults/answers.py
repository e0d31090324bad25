"""The response table of the promises as rows; `test_answers` walks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.cli.playground import OWNER
from bridge.sandbox.trouble import Drop, Hang, Raw, Reply, Trouble
from tests.flows.conftest import MACHINE, POSTMASTER

ONE, TWO, THREE = "447700900011", "447700900012", "447700900013"
SOON, DOUBT, MINUTE = 6.1, 61.0, 61.0

Asked = tuple[int, int]
Mail = tuple[str, str]
"""To whom, and its subject."""


@dataclass(frozen=True)
class Row:
    """One row; `waits` are seconds, and between the columns "at once" and "in the end"."""

    id: str
    primary: Trouble
    asked: Asked = (1, 1)
    stands: str = "submitted"
    token: str = ""
    waits: Sequence[float] = ()
    asked_then: Asked | None = None
    stands_then: str = ""
    taken: int = 1
    told: Sequence[Mail] = ()
    backup: bool = True
    times: int = 1
    sender: str = OWNER
    to: Sequence[str] = (ONE,)


def error(token: str) -> Reply:
    return Reply(f"ERR:{token}\r\n".encode())


def status(code: int, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(b"no", status=code, headers=named)


def takes(*lines: str) -> Reply:
    return Reply("".join(f"{line}\r\n" for line in lines).encode())


NOT_DELIVERED = (OWNER, "Text not delivered to 07700 900011")
OUR_BUG = (f"{OWNER}, {POSTMASTER}", "Text not delivered to 07700 900011")
PERHAPS = (f"{OWNER}, {POSTMASTER}", "Text may have been sent to 07700 900011")


def blocked(token: str) -> Mail:
    return (POSTMASTER, f"The gateway takes no texts: {token}")


ONE_HOST = Row("", Drop(), backup=False, asked=(1, 0))

# ---------------------------------------------------------------- the classes OK, P, H and T

OK = [
    Row("ID single", takes("ID:7"), asked=(1, 0), taken=0),
    Row("ID for our number", takes(f"{ONE},ID:7"), asked=(1, 0), taken=0),
    Row(
        "the same number twice, one with an ID",
        takes(f"{ONE},ERR:GATEWAY_ERROR", f"{ONE},ID:7"),
        asked=(1, 0),
        taken=0,
    ),
]

REFUSED = [
    Row(
        token,
        error(token),
        asked=(1, 0),
        stands="rejected",
        token=token,
        taken=0,
        told=[told],
    )
    for token, told in {
        "INVALID_NUMBER": NOT_DELIVERED,
        "NO_TO": OUR_BUG,
        "PARAMETER_INVALID": OUR_BUG,
        "PPARAMETER_INVALID": OUR_BUG,
        "INVALID_REQUEST": OUR_BUG,
        "NEVER_HEARD_OF": OUR_BUG,
    }.items()
]

BLOCKED = [
    Row(f"{token}, at one host", error(token), told=[blocked(token)])
    for token in (
        "LOGIN_INVALID",
        "DAILY_ALLOWANCE_EXCEEDED",
        "CONNECTION_NOT_SECURE",
        "AUTH_PARAMETER_INVALID",
    )
] + [
    replace(
        ONE_HOST,
        id="LOGIN_INVALID, at the only one",
        primary=error("LOGIN_INVALID"),
        stands="queued",
        token="LOGIN_INVALID",
        waits=[MINUTE],
        asked_then=(2, 0),
        stands_then="submitted",
        told=[blocked("LOGIN_INVALID")],
    ),
    Row(
        "INSUFFICIENT_CREDIT, with credit left",
        error("INSUFFICIENT_CREDIT"),
        asked=(1, 0),
        stands="queued",
        token="INSUFFICIENT_CREDIT",
        waits=[MINUTE],
        asked_then=(2, 0),
        stands_then="submitted",
        told=[(POSTMASTER, "A text costs more than the credit that is left")],
    ),
]

TEMPORARY = (
    [
        Row(f"{token}, then the other host", error(token))
        for token in ("GATEWAY_ERROR", "INTERNAL_ERROR")
    ]
    + [
        replace(
            ONE_HOST,
            id=f"{token}, then back-off",
            primary=error(token),
            stands="queued",
            token=token,
            waits=[SOON],
            asked_then=(2, 0),
            stands_then="submitted",
        )
        for token in ("GATEWAY_ERROR", "INTERNAL_ERROR")
    ]
    + [
        Row(
            f"DELAY:{said}",
            Reply(f"DELAY:{said}\r\n".encode()),
            asked=(1, 0),
            stands="queued",
            token="DELAY",
            waits=[wait],
            asked_then=(2, 0),
            stands_then="submitted",
        )
        for said, wait in (("3", 6.1), ("30", 36.1), ("600", 18.1))
    ]
    + [
        Row(f"HTTP {code}", status(code), told=[blocked(f"HTTP_{code}")] if alarm else ())
        for code, alarm in {
            301: True,
            307: True,
            401: True,
            403: True,
            404: True,
            405: True,
            413: True,
            415: True,
            429: False,
            503: False,
        }.items()
    ]
    + [
        replace(
            ONE_HOST,
            id=f"HTTP {code} with Retry-After: {said}",
            primary=status(code, Retry_After=said),
            stands="queued",
            token=f"HTTP_{code}",
            waits=waits,
            asked_then=(2, 0),
            stands_then="submitted",
        )
        for code, said, waits in ((429, "90", [70.0, 40.0]), (503, "9999", [470.0, 260.0]))
    ]
)

# ---------------------------------------------------------------- the class U: once more, or told

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"

AMBIGUOUS: dict[str, Trouble] = {
    **{f"HTTP {code}": status(code) for code in (500, 502, 504)},
    "HTML": Reply(b"<html><body>Server Error</body></html>"),
    "an empty 200": Reply(b""),
    "a junk 200": Reply(b"Hello"),
    "a body cut off": Raw(_HEAD + b"ID:10"),
    "our number's line is missing": takes(f"{TWO},ID:7", f"{THREE},ID:7"),
    "a time-out": Hang(),
    "a time-out, and it was taken": Hang(taken=True),
    "a reset": Drop(),
    "a reset, and it was taken": Drop(taken=True),
}

DOUBTFUL = [
    row
    for name, trouble in AMBIGUOUS.items()
    for row in (
        Row(
            f"{name}: tell",
            trouble,
            asked=(1, 0),
            stands="in-doubt",
            waits=[DOUBT],
            stands_then="held",
            taken=trouble.taken,
            told=[PERHAPS],
        ),
        Row(
            f"{name}: resend",
            trouble,
            asked=(1, 0),
            stands="in-doubt",
            waits=[DOUBT],
            asked_then=(1, 1),
            stands_then="submitted",
            taken=1 + trouble.taken,
            sender=MACHINE,
        ),
    )
]

# ---------------------------------------------------------------- several numbers in one request

THEM = (ONE, TWO, THREE)
MANY = tuple(f"4477009001{n}" for n in range(11, 22))

BATCHES = [
    Row("taken as one", takes("ID:7"), asked=(1, 0), taken=0, to=THEM),
    *(
        Row(f"{token} for all: split", error(token), asked=(4, 0), taken=3, to=THEM)
        for token in ("INVALID_NUMBER", "TOO_MANY_NUMBERS", "PARAMETER_INVALID")
    ),
    Row(
        "one line refuses, two accept",
        takes(f"{ONE},ERR:INVALID_NUMBER", f"{TWO},ID:7", f"{THREE},ID:7"),
        asked=(1, 0),
        stands="rejected submitted submitted",
        taken=0,
        told=[NOT_DELIVERED],
        to=THEM,
    ),
    Row(
        "one line is missing",
        takes(f"{TWO},ID:7", f"{THREE},ID:7"),
        asked=(1, 0),
        stands="in-doubt submitted submitted",
        waits=[DOUBT],
        asked_then=(1, 1),
        stands_then="submitted submitted submitted",
        sender=MACHINE,
        to=THEM,
    ),
    Row(
        "lost, of ten numbers: resend",
        Drop(taken=True),
        asked=(1, 0),
        stands="in-doubt",
        waits=[DOUBT],
        asked_then=(1, 1),
        stands_then="submitted",
        taken=20,
        sender=MACHINE,
        to=MANY[:10],
    ),
    Row(
        "lost, of eleven numbers: tell",
        Drop(taken=True),
        asked=(1, 0),
        stands="in-doubt",
        waits=[DOUBT],
        stands_then="held",
        taken=11,
        told=[(f"{MACHINE}, {POSTMASTER}", "Text may have been sent to 11 people")],
        sender=MACHINE,
        to=MANY,
    ),
    Row(
        "numbers written another way",
        takes("07700900011,ID:7", "+44 7700 900012,ID:7", "00447700900013,ID:7"),
        asked=(1, 0),
        taken=0,
        to=THEM,
    ),
]

ROWS = [*OK, *REFUSED, *BLOCKED, *TEMPORARY, *DOUBTFUL, *BATCHES]
