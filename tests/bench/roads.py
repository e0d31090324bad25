"""Scenarios of the road out: end to end, at the door alone, and with a gateway that is unwell."""

from __future__ import annotations

import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from bridge.settings.passwords import hashed
from tests.bench import letters, peers
from tests.bench.load import Way, send
from tests.bench.loops import run
from tests.bench.rounds import (
    Bench,
    Contender,
    Mails,
    accepting,
    alternate,
    arrived,
    resting,
    through,
)
from tests.bench.servers import Extra

LATENCY_RATE = 300.0
PASSWORD = "a password of some length"
AS_PERSON = f'[[senders]]\nmatch = "{letters.PERSON}"\nprofile = "person"\n'


def text(bench: Bench) -> None:
    """Small text, end to end."""
    _end_to_end(bench, "text", Mails())


def newsletter(bench: Bench) -> None:
    """An HTML newsletter of 25 kB, end to end; Bridge alone reads it."""
    _end_to_end(bench, "html", Mails(letters.newsletter, share=0.25))


def picture(bench: Bench) -> None:
    """60 kB with a picture, end to end: a machine's (a text), and a person's (an MMS)."""
    _end_to_end(bench, "picture", Mails(letters.picture, share=0.25))
    with bench.bridge("Bridge, as an MMS", extra=Extra(tables=AS_PERSON)) as bridge:
        mails = Mails(letters.picture, share=0.05, sender=letters.PERSON)
        alternate(bench, "picture", [bridge], through(bench, mails))


def single(bench: Bench) -> None:
    """One mail a connection, end to end."""
    _end_to_end(bench, "single", Mails(way=Way(fresh=True), share=0.5))


def hundred(bench: Bench) -> None:
    """100 recipients a mail, end to end: each mail is 100 texts."""
    _end_to_end(bench, "hundred", Mails(recipients=100, share=0.03))


def _end_to_end(bench: Bench, scenario: str, mails: Mails) -> None:
    with bench.bridge() as bridge, bench.peers(peers.SCRIPT, peers.CURL) as others:
        alternate(bench, scenario, [bridge, *others], through(bench, mails))


def accept(bench: Bench) -> None:
    """Accept alone: Bridge durable, its lane at rest."""
    known = (peers.QUEUE, peers.AIOSMTPD, peers.SINK)
    with bench.bridge() as bridge, bench.peers(*known) as others, resting(bridge):
        alternate(bench, "accept", [bridge, *others], accepting(bench))


def latency(bench: Bench) -> None:
    """Accept latency at 300 mails/s, its lane at rest; and while texts go out."""
    way, share = Way(rate=LATENCY_RATE), LATENCY_RATE * bench.size.seconds / bench.size.mails
    with bench.bridge() as bridge, bench.peers(peers.QUEUE) as others, resting(bridge):
        alternate(bench, "latency", [bridge, *others], accepting(bench, way=way, share=share))
    with bench.bridge("Bridge, texting meanwhile") as texting:
        mails = Mails(way=way, share=share)
        alternate(bench, "latency", [texting], through(bench, mails))


def secured(bench: Bench) -> None:
    """TLS with AUTH, end to end: connections reused, and one for each mail."""
    with _certified(bench) as (extra, context), bench.bridge(extra=extra) as bridge:
        login = ("jo", PASSWORD)
        way = Way(tls=context, login=login)
        mails = Mails(way=way, share=0.5, sender=letters.PERSON)
        alternate(bench, "tls", [bridge], through(bench, mails))
        alone = Contender("Bridge, a login a mail", bridge.port, bridge.pid, node=bridge.node)
        way = Way(tls=context, login=login, fresh=True)
        mails = Mails(way=way, share=0.05, sender=letters.PERSON)
        alternate(bench, "tls", [alone], through(bench, mails))


@contextmanager
def _certified(bench: Bench) -> Iterator[tuple[Extra, ssl.SSLContext]]:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with tempfile.TemporaryDirectory(dir=bench.ground.folder) as folder:
        key, chain = Path(folder, "key.pem"), Path(folder, "chain.pem")
        key.write_bytes(certificate.private_key_pem.bytes())
        key.chmod(0o600)
        chain.write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
        user = f'[users.jo]\npassword = "{hashed(PASSWORD)}"\naddresses = ["{letters.PERSON}"]\n'
        smtp = f'tls_cert = "{chain}"\ntls_key = "{key}"\n'
        yield Extra(smtp=smtp, tables=user, tls=True), context


def slow(bench: Bench) -> None:
    """A gateway that answers after 300 ms: 16 in flight are 53 texts/s at most."""
    with bench.bridge(ways="/slow") as bridge:
        alternate(bench, "slow", [bridge], through(bench, Mails(share=0.1)))


def failing(bench: Bench) -> None:
    """A gateway that fails each tenth submission: mails/s of those that go at once."""
    with bench.bridge(ways="/tenth") as bridge, bench.bridge("Bridge, none fails") as well:
        alternate(bench, "tenth", [bridge, well], through(bench, Mails(share=0.5, arrive=0.89)))


def ten_thousand(bench: Bench) -> None:
    """One mail to a group of 10,000 numbers: how long until its 250, how long until all went."""
    numbers = ", ".join(f'"+{letters.FIRST_NUMBER + each}"' for each in range(10_000))
    extra = Extra(smtp="max_recipients = 10000\n", tables=f"[groups]\nall = [{numbers}]\n")
    with bench.bridge(extra=extra) as bridge:
        _once(bench, bridge)


def _once(bench: Bench, bridge: Contender) -> None:
    gateway = bench.ground.gateway
    before, began = gateway.taken(), time.perf_counter()
    to_all = letters.letter(letters.text(next(bench.post.serials)), ["all"])
    load = run(send((bridge.port,), [to_all], Way(connections=1)))
    run(arrived(gateway, before + 10_000))
    seconds = time.perf_counter() - began
    submissions = len({id_ for _, id_ in gateway.given(before)})
    bench.table.note(
        f"accepted in {load.latencies[0]:.2f} s; {submissions} submissions, in {seconds:.1f} s",
        ten_thousand_accepted=load.latencies[0],
        ten_thousand_submissions=submissions,
    )
