"""What an error of the database or of the way to it means for whoever works on the store."""

from __future__ import annotations

from typing import Final

import asyncpg

from bridge.spool.contract import Full, Unavailable, Unusable

FAILURES: Final = (
    OSError,  # a time-out and a failure of TLS, too
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""All that a statement or a connection raises."""

CONFLICTS: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""Nothing is wrong: done again, the same work comes through."""

_LOST: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,  # shutting down, starting
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby: the primary may be back, or elsewhere
)
_HOPELESS: Final = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ProtocolViolationError,  # of a parameter of ours: pgbouncer
)


def lost(error: BaseException) -> bool:
    """Whether it was the connection that failed: another one may do the same work."""
    if isinstance(error, asyncpg.QueryCanceledError):  # a statement took too long
        return False
    return isinstance(error, _LOST)


def one_jobs(error: BaseException) -> bool:
    """Whether an error is that of the work itself, and says nothing of the store."""
    shared = (*CONFLICTS, asyncpg.InsufficientResourcesError, asyncpg.LockNotAvailableError)
    return not (lost(error) or isinstance(error, shared))


def unavailable(error: BaseException) -> Unavailable:
    """What a store that is open tells of an error."""
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, asyncpg.DiskFullError):
        return Full(f"the database: {_said(error)}")
    return Unavailable(f"the database: {_said(error)}")


def unopened(error: BaseException) -> Unusable | Unavailable:
    """What it means that a store could not be opened: only a person can help, or time may."""
    if isinstance(error, ValueError) and not isinstance(error, OSError):  # a certificate is both
        # its text may quote a piece of a password
        return Unusable("store.url cannot be understood")
    if isinstance(error, _HOPELESS):
        return Unusable(f"the database cannot be used: {_said(error)}; see store.url")
    return Unavailable(f"the database is not to be reached: {_said(error)}")


def _said(error: BaseException) -> str:
    """What went wrong; without the server's details, which quote the row."""
    said = error.args[0] if isinstance(error, asyncpg.PostgresError) and error.args else error
    return f"{type(error).__name__}: {said}".removesuffix(": ")
