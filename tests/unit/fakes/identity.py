"""An identity in a FakeState."""

from __future__ import annotations

from tests.unit.fakes.container_store import FakeState


class FakeIdentity:
    """Identity; the name is random enough for tests by being of one state."""

    def __init__(self, state: FakeState | None = None) -> None:
        self.state = state or FakeState()

    async def instance(self) -> str:
        """The same for one state."""
        async with self.state.faults.call("instance"):
            return f"{id(self.state):016x}"
