"""Events in SQLite."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from adapters.sqlite_state import mapping
from adapters.sqlite_state.database import Database
from adapters.sqlite_state.tables import events
from domain.events import Caller, Event

_KEPT = 10_000


class SqliteEventStore:
    """application.ports.state.EventStore; the newest 10,000 are kept."""

    def __init__(self, database: Database, kept: int = _KEPT) -> None:
        self._database = database
        self._kept = kept

    async def append(self, batch: tuple[Event, ...]) -> None:
        """Insert the events, and delete events that are too old."""
        await self._database.call(lambda connection: _append(connection, batch, self._kept))

    async def list(self, after: int, limit: int) -> tuple[Event, ...]:
        """Return the events with higher numbers."""
        return await self._database.call(lambda connection: _list(connection, after, limit))

    async def last(self) -> int:
        """Return the highest number."""
        return await self._database.call(_last)


def _append(connection: Connection, batch: tuple[Event, ...], kept: int) -> None:
    rows = [
        {
            "time": mapping.time_to_text(event.time),
            "kind": event.kind,
            "action": event.action,
            "subject": event.subject,
            "name": event.name,
            "attributes": event.attributes,
            "uid": event.caller and event.caller.uid,
            "pid": event.caller and event.caller.pid,
        }
        for event in batch
    ]
    connection.execute(insert(events), rows)
    connection.execute(delete(events).where(events.c.number <= _last(connection) - kept))


def _list(connection: Connection, after: int, limit: int) -> tuple[Event, ...]:
    query = select(events).where(events.c.number > after).order_by(events.c.number).limit(limit)
    return tuple(_event(row) for row in connection.execute(query))


def _event(row: Row[Any]) -> Event:
    time = mapping.time_from_text(row.time)
    caller = None if row.uid is None else Caller(row.uid, row.pid)
    return Event(time, row.kind, row.action, row.subject, row.name, dict(row.attributes), caller, row.number)


def _last(connection: Connection) -> int:
    return int(connection.execute(select(func.max(events.c.number))).scalar() or 0)
