"""Events: emitted by use cases, stored in order, and watched without gaps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime

from application.ports.state import EventStore
from domain.container import ContainerRecord
from domain.errors import K3cError
from domain.events import CONTAINER, Caller, Event, EventFilters

_BATCH = 500
_MOST = 10_000

caller: ContextVar[Caller | None] = ContextVar("caller", default=None)
"""On whose behalf this task works; None is the daemon's own."""


class Events:
    """Takes events without waiting, and stores them in order a moment later.

    A daemon that is killed may lose the events of its last milliseconds. While the store refuses events, as
    on a full disk, the last 10,000 of them wait; each refusal is passed to `failed`. An event that cannot be
    stored for what it contains is left out, and keeps no other event from being stored.
    """

    def __init__(
        self,
        event_store: EventStore,
        failed: Callable[[str, Exception], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        retry: float = 1.0,
    ) -> None:
        self._event_store = event_store
        self._failed = failed
        self._clock = clock
        self._retry = retry
        self._waiting: list[Event] = []
        self._emitted = asyncio.Event()
        self._storing = asyncio.Lock()
        self._tasks: set[asyncio.Task[bool]] = set()
        self._stored = asyncio.Condition()

    def emit(self, kind: str, action: str, subject: str, name: str, attributes: dict[str, str]) -> None:
        """Record that something has happened, now."""
        self._waiting.append(Event(self._clock(), kind, action, subject, name, attributes, caller.get()))
        self._emitted.set()

    def of_container(self, record: ContainerRecord, action: str, **attributes: str) -> None:
        """Record that something has happened to a container, now."""
        about = {**record.spec.labels, "image": record.spec.image, "name": record.name, **attributes}
        self.emit(CONTAINER, action, record.id, record.name, about)

    async def run(self) -> None:
        """Store events as they are emitted. Never returns; when it is cancelled it stores the remaining events."""
        try:
            while True:
                await self._emitted.wait()
                self._emitted.clear()
                if not await self._flush():
                    self._emitted.set()
                    await asyncio.sleep(self._retry)
        finally:
            await self._flush()

    async def _flush(self) -> bool:
        """Store the waiting events; False if the store refused them. A cancellation does not keep it from that."""
        task = asyncio.create_task(self._store(), name="storing events")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _store(self) -> bool:
        async with self._storing:
            batch, self._waiting = self._waiting, []
            if not batch:
                return True
            try:
                await self._append(batch)
            except K3cError as error:
                self._waiting = [*batch, *self._waiting][-_MOST:]
                self._failed("events", error)
                return False
        async with self._stored:
            self._stored.notify_all()
        return True

    async def _append(self, batch: list[Event]) -> None:
        """Store a batch and empty it; the events that a raised K3cError left unstored stay in it."""
        try:
            await self._event_store.append(tuple(batch))
        except K3cError:
            raise
        except Exception:  # noqa: BLE001 (which event it is shows when each is stored alone)
            while batch:
                await self._append_alone(batch[0])
                del batch[0]

    async def _append_alone(self, event: Event) -> None:
        try:
            await self._event_store.append((event,))
        except K3cError:
            raise
        except Exception as error:  # noqa: BLE001 (one failure stays one failure: `failed` logs it)
            self._failed(f"event {event.action} of {event.kind} {event.subject}", error)

    async def watch(
        self, filters: EventFilters, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncGenerator[Event, None]:
        """Stored events from `since` on (None: from now), then new ones, until `until` (None: without end).

        Events are numbered, so none is missed and none is given twice. What has happened before is stored first.
        """
        await self._flush()
        last = await self._event_store.last() if since is None else 0
        while True:
            async with self._stored:
                batch = await self._event_store.list(last, _BATCH)
                if not batch and not await self._more(until):
                    return
            for event in batch:
                last = event.number
                if until is not None and event.time > until:
                    return
                if (since is None or event.time >= since) and filters.passes(event):
                    yield event

    async def _more(self, until: datetime | None) -> bool:
        """Wait until more events are stored; False when `until` has passed."""
        left = None if until is None else (until - self._clock()).total_seconds()
        if left is not None and left <= 0:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(left):
                await self._stored.wait()
        return True
