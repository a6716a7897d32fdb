"""A machine's resolver, in memory."""

from __future__ import annotations

from domain.network import Dns


class FakeHostResolver:
    """HostResolver with settings that a test may change."""

    def __init__(self) -> None:
        self.found = Dns(("192.0.2.53",))

    async def settings(self) -> Dns:
        """What was set."""
        return self.found
