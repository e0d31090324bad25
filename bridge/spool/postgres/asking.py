"""What a PostgreSQL database says of itself before it is opened as a store."""

from __future__ import annotations

from bridge.spool.postgres import migrating
from bridge.spool.postgres.connecting import Address
from bridge.spool.postgres.failing import FAILURES, unopened


async def version(rest: str) -> int:
    """Of which version the database is that a URL's rest names; 0 before it is a store."""
    try:
        raw = await Address(f"postgresql://{rest}").connect()
        try:
            return await migrating.version(raw) or 0
        finally:
            await raw.close()
    except (*FAILURES, ValueError) as error:
        raise unopened(error) from error
