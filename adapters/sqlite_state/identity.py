"""The identity of this k3c, in SQLite."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from adapters.sqlite_state.database import Database
from adapters.sqlite_state.tables import settings

_KEY = "instance"


class SqliteIdentity:
    """application.ports.state.Identity."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def instance(self) -> str:
        """Return a random name that is made at first use and stored."""
        return await self._database.call(_instance)


def _instance(connection: Connection) -> str:
    row = insert(settings).values(key=_KEY, value=secrets.token_hex(8))
    connection.execute(row.on_conflict_do_nothing())
    kept: str = connection.execute(select(settings.c.value).where(settings.c.key == _KEY)).scalar_one()
    return kept
