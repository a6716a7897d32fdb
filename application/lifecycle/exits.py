"""The ends of containers: who waits for them, and what is done about them."""

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
    """Where the event loop of the daemon announces ends, and operations wait for them.

    Event first, truth second: an announcement only says that it is worth asking the runtime, so a
    lost or doubled announcement changes nothing but the time of the answer.
    """

    def __init__(self, runtime: ContainerRuntime) -> None:
        self._runtime = runtime
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._readers: dict[str, int] = {}
        self._unread = asyncio.Condition()

    def announce(self, key: str) -> None:
        """Wake who listens for this runtime id or k3c id; "" wakes everyone."""
        woken = [key] if key else list(self._waiting)
        for waiting in woken:
            for event in self._waiting.get(waiting, ()):
                event.set()

    async def wait(self, runtime_id: str) -> ExitStatus:
        """Wait until a container has ended. Raises NotFound if it is removed meanwhile."""
        with self.listening(runtime_id) as event:
            while True:
                state = await self._runtime.status(runtime_id)
                if state.state is ContainerState.EXITED and state.exit is not None:
                    return state.exit
                await self.announced(event)

    @contextmanager
    def listening(self, key: str) -> Iterator[asyncio.Event]:
        """An event that is set when there is news of a runtime id (its end), or of a k3c id (its start)."""
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
        """Wait for an announcement, or so long that the runtime had better be asked again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_SILENCE):  # wait_for of 3.11 may swallow a cancellation
                await event.wait()
        event.clear()

    async def confirmed_exit(self, runtime_id: str, timeout: float = 2.0) -> ExitStatus | None:
        """The exit of a container whose end was announced; None if it runs after all, or is gone.

        CRI's status follows the event by some milliseconds, hence the short looks, `timeout` seconds in all.
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
        """Keep a container that removes itself until its output has been read."""
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
        """Wait until nobody reads the container's output."""
        async with self._unread:
            await self._unread.wait_for(lambda: container_id not in self._readers)
