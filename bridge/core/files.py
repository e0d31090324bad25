"""Telling the files of a multimedia message apart: their names may be missing, or alike."""

from __future__ import annotations

from collections.abc import Sequence


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """A name for each file, by which it is kept, each once.

    That is its own; of a file without one, or under one that another has, its index (from 1) too.
    """
    taken: dict[str, None] = {}
    for index, name in enumerate(names, 1):
        own = name or str(index)
        while own in taken or (own != name and own in names):
            own = f"{index}-{own}"
        taken[own] = None
    return tuple(taken)
