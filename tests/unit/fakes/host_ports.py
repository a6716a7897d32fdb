"""A host's ports, in memory."""

from __future__ import annotations

from itertools import combinations

from domain.errors import InvalidArgument, PortInUse
from domain.network import PortBinding
from tests.unit.fakes.faults import Faults

FOREIGN_ADDRESS = "192.0.2.1"


class FakeHostPorts:
    """HostPorts; `taken` maps bindings that others hold to their processes. Failures: "decide"."""

    def __init__(self) -> None:
        self.taken: dict[PortBinding, str] = {}
        self.faults = Faults()
        self._next = 32768

    async def decide(self, bindings: tuple[PortBinding, ...]) -> tuple[PortBinding, ...]:
        """The named ports as they are, and ascending ones from 32768 where none is named."""
        async with self.faults.call("decide"):
            for first, second in combinations(bindings, 2):
                if first.overlaps(second):
                    raise InvalidArgument("port to publish", str(second), "it is published twice")
            named = [self._check(binding) for binding in bindings if binding.host_port]
            return tuple(binding if binding.host_port else self._draw(binding, named) for binding in bindings)

    def _check(self, binding: PortBinding) -> PortBinding:
        if binding.host_address == FOREIGN_ADDRESS:
            raise InvalidArgument("port to publish", str(binding), "it is not an address of this machine")
        for held, process in self.taken.items():
            if binding.overlaps(held):
                raise PortInUse(str(binding), "", process)
        return binding

    def _draw(self, binding: PortBinding, named: list[PortBinding]) -> PortBinding:
        drawn = self._check(binding.at(self._next))
        self._next += 1
        return self._draw(binding, named) if any(drawn.overlaps(other) for other in named) else drawn
