"""The files of a multimedia message under names of which each is one."""

from __future__ import annotations

import pytest

from bridge.core.files import told_apart


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        ((), ()),
        (("a.jpg", "b.jpg"), ("a.jpg", "b.jpg")),
        (("a.jpg", "a.jpg", "a.jpg"), ("a.jpg", "2-a.jpg", "3-a.jpg")),
        (("", "a.jpg", ""), ("1", "a.jpg", "3")),
        (("a", "a", "2-a"), ("a", "2-2-a", "2-a")),
        (("", "1"), ("1-1", "1")),
        (("", "1", "1-1"), ("1-1-1", "1", "1-1")),
    ],
)
def test_each_file_has_a_name_of_its_own(names: tuple[str, ...], kept: tuple[str, ...]) -> None:
    assert told_apart(names) == kept
    assert len(set(kept)) == len(names)
