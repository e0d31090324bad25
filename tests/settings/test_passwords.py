"""Hashes of passwords."""

from __future__ import annotations

import pytest

from bridge.settings.passwords import hashed, matches


def test_a_password_matches_its_own_hash_and_no_other() -> None:
    found = hashed("correct horse")
    assert found.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert matches(found, "correct horse")
    assert not matches(found, "Correct horse")


@pytest.mark.parametrize("hash_", ["", "secret", "$argon2id$v=19$", "$2b$12$" + "a" * 53, "$é$"])
def test_what_is_no_hash_matches_nothing(hash_: str) -> None:
    assert not matches(hash_, "")
    assert not matches(hash_, hash_)
