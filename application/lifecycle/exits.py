"""The ends of containers: how they are announced, and how operations wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from application.ports.runtime import ContainerRuntime
from domain.container import ContainerState, ExitStatus
from domain.errors import NotFound

_FIRST_INTERVAL = 0.002
_LONGEST_INTERVAL = 0.05
_LONGEST_SILENCE = 5.0


class Exits:
    """Where the daemon's event loop announces ends, and where operations wait for them.

    An announcement only says that it is worth asking the runtime again. An announcement that is lost or
    repeated therefore changes nothing but the time of the answer.
    """

    def __init__(self, runtime: ContainerRuntime) -> None:
        self._runtime = runtime
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._readers: dict[str, int] = {}
        self._unread = asyncio.Condition()

    def announce(self, key: str) -> None:
        """Wake every listener of a runtime id or a k3c id; "" wakes all listeners."""
        woken = [key] if key else list(self._waiting)
        for waiting in woken:
            for event in self._waiting.get(waiting, ()):
                event.set()

    async def wait(self, runtime_id: str) -> ExitStatus:
        """Return how a container ended, as soon as it has. Raises NotFound if it is removed meanwhile."""
        with self.listening(runtime_id) as event:
            while True:
                state = await self._runtime.status(runtime_id)
                if state.state is ContainerState.EXITED and state.exit is not None:
                    return state.exit
                await self.announced(event)

    @contextmanager
    def listening(self, key: str) -> Iterator[asyncio.Event]:
        """An event that is set when a container with this runtime id ends, or with this k3c id starts."""
        event = asyncio.Event()
        self._waiting.setdefault(key, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]

    @staticmethod
    async def announced(event: asyncio.Event) -> None:
        """Return after an announcement, or when it is time to ask the runtime without an announcement."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_SILENCE):  # wait_for of 3.11 may swallow a cancellation
                await event.wait()
        event.clear()

    async def confirmed_exit(self, runtime_id: str, timeout: float = 2.0) -> ExitStatus | None:
        """The exit of a container whose end was announced; None if it runs after all, or is gone.

        The runtime's status follows its event by some milliseconds, so it is asked repeatedly, for `timeout`
        seconds in all.
        """
        interval = _FIRST_INTERVAL
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            try:
                state = await self._runtime.status(runtime_id)
            except NotFound:
                return None
            if state.state is ContainerState.EXITED and state.exit is not None:
                return state.exit
            if asyncio.get_running_loop().time() >= deadline:
                return None
            await asyncio.sleep(interval)
            interval = min(interval * 2, _LONGEST_INTERVAL)

    @asynccontextmanager
    async def reading(self, container_id: str) -> AsyncIterator[None]:
        """Keep a container that removes itself, for as long as the block reads its output."""
        self._readers[container_id] = self._readers.get(container_id, 0) + 1
        try:
            yield
        finally:
            self._readers[container_id] -= 1
            if not self._readers[container_id]:
                del self._readers[container_id]
                async with self._unread:
                    self._unread.notify_all()

    async def until_read(self, container_id: str) -> None:
        """Return when no block reads the container's output any more."""
        async with self._unread:
            await self._unread.wait_for(lambda: container_id not in self._readers)
