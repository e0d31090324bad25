"""What becomes of many mails, how long it takes, and what it saves: `python -m tests.bench.mails`.

Without arguments it takes the table of mails (`tests/mails`); folders that are named, at whatever
depth, add every `.eml` in them as a person's mail to a phone.  Printed are

- what they became: a text, another kind, or a refusal, with each sentence and how often it was
  said; an exception is a fault, and the command ends with 1;
- the time that `compose` takes for a mail on this machine, by what it holds: each is composed
  once to warm up and three times to measure, of which the median counts;
- of the table's mails that become texts, the share whose words fit one GSM segment (160 septets,
  3GPP TS 23.038), nothing cut off: as read and laid out by the profile; cleaned as well; and with
  look-alikes replaced too, which is what Bridge sends.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bridge.compose.reading import mime
from bridge.compose.reading.mime import Entity
from bridge.compose.understanding import clean, read_mail
from bridge.compose.wording import Words, worded
from bridge.core import gsm
from bridge.core.model import Refusal, Text, Unicode
from bridge.core.promises import Mail
from tests.mails.table import Row, rows

TIMES = 3
KINDS = ("plain text", "HTML", "with attachments")


@dataclass(frozen=True, slots=True)
class Tried:
    """A mail, what it became (an exception's name if it raised), and the seconds it took."""

    row: Row
    found: Mail | Refusal | str
    seconds: float


def main() -> int:
    """Parse the command line, try all mails, print; 1 if one of them raised."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.mails",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folders", nargs="*", type=Path, help="folders of .eml files to try too")
    options = parser.parse_args()
    tried = [_tried(row) for row in (*rows(), *_in(options.folders))]
    _print_results(tried)
    _print_times(tried)
    _print_shares([row for row in rows() if _is_text(row.composed())])
    return int(any(isinstance(each.found, str) for each in tried))


def _in(folders: Iterable[Path]) -> Iterator[Row]:
    """The mails in these folders, as a person's; their name is their path."""
    for folder in folders:
        for path in sorted(folder.rglob("*.eml")):
            yield Row("person", str(path), path.read_bytes(), {})


def _tried(row: Row) -> Tried:
    found: Mail | Refusal | str = ""
    seconds = []
    for _ in range(1 + TIMES):
        began = time.perf_counter()
        try:
            found = row.composed()
        except Exception as fault:  # noqa: BLE001 - to count such is what this is for
            found = f"{type(fault).__name__}: {fault}"
        seconds.append(time.perf_counter() - began)
    return Tried(row, found, statistics.median(seconds[1:]))


# ---------------------------------------------------------------- what they became


def _print_results(tried: list[Tried]) -> None:
    became = Counter(_became(each.found) for each in tried)
    print(f"{len(tried)} mails")
    for what in ("text", "another kind", "refused", "exception"):
        print(f"  {what:<14}{became[what]:>6}")
    sentences = Counter(str(each.found) for each in tried if isinstance(each.found, Refusal))
    print("\nrefused with")
    for sentence, count in sentences.most_common():
        print(f"  {count:>4}  {sentence}")
    for each in tried:
        if isinstance(each.found, str):
            print(f"\nEXCEPTION {each.row.way}/{each.row.name}: {each.found}")


def _became(found: Mail | Refusal | str) -> str:
    match found:
        case Mail():
            return "text" if _is_text(found) else "another kind"
        case Refusal():
            return "refused"
        case _:
            return "exception"


def _is_text(found: Mail | Refusal | str) -> bool:
    return isinstance(found, Mail) and all(
        isinstance(each.content, Text | Unicode) for each in found.submissions
    )


# ---------------------------------------------------------------- how long it took


def _print_times(tried: list[Tried]) -> None:
    taken: dict[str, list[Tried]] = defaultdict(list)
    for each in tried:
        taken[_kind(each.row.content)].append(each)
    print(f"\n{'ms per mail':<20}{'mails':>6}{'median':>9}{'99th':>9}{'worst':>9}  the worst is")
    for kind in KINDS:
        ordered = sorted(taken[kind], key=lambda each: each.seconds)
        if not ordered:
            continue
        times = [each.seconds * 1e3 for each in ordered]
        late = times[min(len(times) - 1, int(len(times) * 0.99))]
        name = ordered[-1].row.name
        print(
            f"{kind:<20}{len(times):>6}{statistics.median(times):>9.2f}{late:>9.2f}"
            f"{times[-1]:>9.2f}  {name}"
        )


def _kind(content: bytes) -> str:
    """What a mail holds at its most laborious."""
    entity = mime.parse(content)
    leaves = [] if isinstance(entity, Refusal) else list(_leaves(entity))
    if any(_is_attached(leaf) for leaf in leaves):
        return "with attachments"
    return "HTML" if any(leaf.media_type == "text/html" for leaf in leaves) else "plain text"


def _leaves(entity: Entity) -> Iterator[Entity]:
    if not entity.children:
        yield entity
    for each in entity.children:
        yield from _leaves(each)


def _is_attached(leaf: Entity) -> bool:
    return leaf.disposition == "attachment" or not leaf.media_type.startswith("text/")


# ---------------------------------------------------------------- what it saves


def _print_shares(texts: list[Row]) -> None:
    print(f"\nof the {len(texts)} mails of the table that become texts, as one GSM segment")
    counted: dict[str, Callable[[Row], str]] = {
        "raw: as read": _raw,
        "cleaned": _cleaned,
        "cleaned, look-alikes replaced": lambda row: gsm.with_lookalikes_replaced(_cleaned(row)),
    }
    for name, words in counted.items():
        fit = sum(1 for row in texts if _fits(words(row)))
        print(f"  {name:<32}{fit:>5}{fit / len(texts):>7.0%}")


def _fits(text: str) -> bool:
    return gsm.is_gsm(text) and gsm.septets(text) <= gsm.ALONE


def _raw(row: Row) -> str:
    return _worded(row, cleaning=False)


def _cleaned(row: Row) -> str:
    return _worded(row, cleaning=True)


def _worded(row: Row, *, cleaning: bool) -> str:
    """The words of a mail that is no refusal, as its profile lays them out."""
    read = read_mail(row.envelope, row.policy, row.facts)
    assert not isinstance(read, Refusal), row.name
    letter = read.letter
    body = clean(read, row.facts).text if cleaning else letter.body
    author = letter.entity.text("from") or row.envelope.reverse_path
    return worded(read.choice.profile.text, Words(letter.subject, body, author))


if __name__ == "__main__":
    raise SystemExit(main())
