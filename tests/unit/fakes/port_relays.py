"""Relays that pass nothing on."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import PortInUse
from domain.network import PortBinding


@dataclass
class FakeConversation:
    """A connection that goes through a relay to `address`."""

    address: str
    ended: bool = False


class FakePortRelays:
    """PortRelays that know what is open, and where it leads."""

    def __init__(self) -> None:
        self.opened: dict[str, tuple[PortBinding, ...]] = {}
        self._addresses: dict[str, str] = {}
        self._conversations: dict[str, list[FakeConversation]] = {}

    async def open(self, sandbox_id: str, bindings: tuple[PortBinding, ...], address: str) -> None:
        """Open those that no other owner has."""
        await self.close(sandbox_id)
        try:
            for binding in bindings:
                await self.add(sandbox_id, binding, address)
        except PortInUse:
            await self.close(sandbox_id)
            raise

    async def add(self, sandbox_id: str, binding: PortBinding, address: str) -> None:
        """Open one that no owner has."""
        if self._owner(binding):
            raise PortInUse(str(binding), "", "")
        self.opened[sandbox_id] = (*self.opened.get(sandbox_id, ()), binding)
        self._addresses[sandbox_id] = address

    async def close(self, sandbox_id: str) -> None:
        """Close them."""
        self.opened.pop(sandbox_id, None)
        for conversation in self._conversations.pop(sandbox_id, ()):
            conversation.ended = True

    def connect(self, binding: PortBinding) -> FakeConversation | None:
        """Connect to the host's side of a binding; None where nobody listens."""
        owner = self._owner(binding)
        if not owner:
            return None
        conversation = FakeConversation(self._addresses[owner])
        self._conversations.setdefault(owner, []).append(conversation)
        return conversation

    def _owner(self, binding: PortBinding) -> str:
        owners = (
            one for one, open_ in self.opened.items() if any(binding.overlaps(other) for other in open_)
        )
        return next(owners, "")
