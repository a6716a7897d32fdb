"""Output that nobody has read, in memory."""

from __future__ import annotations

from application.ports.logs import Unread


class FakeUnreadOutput:
    """UnreadOutput; tests put what containers write into `written`, which is lost for those that are not held."""

    def __init__(self) -> None:
        self.written: dict[str, list[Unread]] = {}
        self.held: set[str] = set()

    async def hold(self, runtime_id: str) -> None:
        """Note it."""
        self.held.add(runtime_id)

    async def take(self, runtime_id: str) -> tuple[Unread, ...]:
        """What was written since it was held."""
        return tuple(self.written.pop(runtime_id, ())) if runtime_id in self.held else ()

    async def end(self) -> None:
        """Forget all."""
        self.held.clear()
