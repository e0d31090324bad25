"""What a mail would become, and why: the decision told, and nothing sent.

It tells what `understanding` decides, so that an explanation is never another opinion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace

from bridge.compose import vendor
from bridge.compose.explaining.explanation import Explanation, Recipient, ToldLine
from bridge.compose.explaining.sendings import sending
from bridge.compose.reading import mime
from bridge.compose.understanding import clean, read_mail, sent_ways
from bridge.compose.wishes import Wishes
from bridge.compose.wording import repeated
from bridge.core.model import Envelope, Facts, ForwardPath, Notify, Options, OwnName, Refusal
from bridge.core.policy import Policy
from bridge.core.recipients import own_name, recipient

MAX_HEADER = 10_000  # characters of To and Cc that are read

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_ADDRESS = re.compile(
    r'(?P<local>"(?:[^"\\]|\\.){1,100}"|[^\s<>(),:;"@]{1,100})@(?P<domain>[A-Za-z0-9.-]{1,253})'
)


def addressees(content: bytes, policy: Policy) -> tuple[str, ...]:
    """The addresses of the bridge in a mail's To and Cc, but for that where it only explains.

    A mail that is only explained has no other envelope.
    """
    headers = _BLANK_LINE.split(content[: mime.MAX_HEADER_BLOCK], 1)[0]
    entity = mime.parse(headers)
    if isinstance(entity, Refusal):
        return ()
    named = [
        match[0]
        for header in ("to", "cc")
        for match in _ADDRESS.finditer(entity.text(header)[:MAX_HEADER])
        if match["domain"].lower() in policy.domains
        and own_name(policy, match[0]) is not OwnName.EXPLAIN
    ]
    return tuple(dict.fromkeys(named))[: policy.max_recipients]


def may_be_form(policy: Policy, addresses: Iterable[str]) -> bool:
    """Whether a mail to these addresses can be in the vendor's form: to `sendsms@` or nobody.

    Whoever tries the form mails it to `explain@` itself.
    """
    return {own_name(policy, each) for each in addresses} <= {OwnName.SENDSMS}


def named(form: vendor.Form, policy: Policy) -> tuple[str, ...]:
    """The addresses that a mail in the vendor's form names."""
    return tuple(vendor.address(each, policy.domain) for each in form.to)


def explained(
    envelope: Envelope, policy: Policy, facts: Facts, addresses: Iterable[str]
) -> Explanation:
    """What would become of a mail if it were sent to these addresses; the envelope has none."""
    paths, recipients = _admitted(envelope, policy, facts, addresses)
    envelope = replace(envelope, forward_paths=paths)
    read = read_mail(envelope, policy, facts)
    if isinstance(read, Refusal):
        return Explanation(recipients, envelope.reverse_path, _subject(envelope), refusal=str(read))
    text = clean(read, facts)
    ways = sent_ways(envelope, policy, read, text)
    profile = read.choice.profile
    subject = read.letter.subject
    taken = (ToldLine(*each) for each in text.taken)
    repeats = repeated(profile.text, text.text, subject)
    stands_in = not text.text.strip() and profile.text == "body" and bool(subject)
    return Explanation(
        recipients=recipients,
        sender=read.sender,
        subject=subject,
        profile=profile.name,
        why=read.choice.why,
        asked=tuple(_asked(read.asked)),
        notes=read.letter.notes,
        lines=tuple(
            replace(each, by="repeats") if not each.by and each.text in repeats else each
            for each in taken
        ),
        form=profile.text,
        form_why="no word of the body is left, so the subject is the text" if stands_in else "",
        sendings=tuple(sending(way, policy) for way in ways) if isinstance(ways, tuple) else (),
        refusal=str(ways) if isinstance(ways, Refusal) else "",
    )


def _subject(envelope: Envelope) -> str:
    entity = mime.parse(envelope.content)
    return "" if isinstance(entity, Refusal) else entity.text("subject")


# ---------------------------------------------------------------- whom, and what they asked for


def _admitted(
    envelope: Envelope, policy: Policy, facts: Facts, addresses: Iterable[str]
) -> tuple[tuple[ForwardPath, ...], tuple[Recipient, ...]]:
    """The addresses as RCPT would take them, and as they are told; a number counts once."""
    paths: list[ForwardPath] = []
    told: list[Recipient] = []
    for address in addresses:
        path = recipient(policy, facts, envelope.session, envelope.reverse_path, address=address)
        if isinstance(path, Refusal):
            told.append(Recipient(address, refusal=str(path)))
            continue
        known = {each for one in paths for each in one.destinations}
        fresh = tuple(each for each in path.destinations if each not in known)
        told.append(_told(path))
        if fresh:
            paths.append(replace(path, destinations=fresh))
    return tuple(paths), tuple(told)


def _told(path: ForwardPath) -> Recipient:
    return Recipient(
        path.address,
        tuple(map(str, path.destinations)),
        tuple(_options(path.options)),
        tuple(f"{each}: {no.text}" for each, no in path.left_out),
    )


def _options(options: Options) -> Iterator[str]:
    if options.kind:
        yield options.kind
    if options.max_segments:
        yield f"max {options.max_segments}"
    if options.urgent:
        yield "urgent"


def _asked(wishes: Wishes) -> Iterator[str]:
    """What a mail asks for, by the names that `Wishes` has for it."""
    silent = Wishes()
    for each in fields(wishes):
        said = getattr(wishes, each.name)
        if said != getattr(silent, each.name):
            yield f"{each.name.replace('_', ' ')}: {_said(said)}"


def _said(value: object) -> str:
    match value:
        case frozenset():
            return " and ".join(sorted(each.value for each in value if isinstance(each, Notify)))
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.0f} s"
        case _:
            return str(value)
