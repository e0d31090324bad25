"""Passwords of `[users]`: how they are hashed, and whether one matches.

Argon2id (RFC 9106) with the parameters of OWASP's password storage cheat sheet: some 50 ms of one
core and 19 MiB.  The hash carries its own parameters, so that older hashes go on matching.
"""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

PASSES: Final = 2
MEMORY_KIB: Final = 19 * 1024
LANES: Final = 1


def hashed(password: str) -> str:
    """The hash that a settings file holds (`$argon2id$…`), with a salt of its own."""
    return _hasher().hash(password)


def matches(hash_: str, password: str) -> bool:
    """Whether this is the password of that hash; False for what is no hash at all.

    It takes as long as hashing does and releases the GIL: call it in a thread, and few at a time.
    """
    try:
        return _hasher().verify(hash_, password)
    except (VerificationError, InvalidHashError, UnicodeError):
        return False


def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)
