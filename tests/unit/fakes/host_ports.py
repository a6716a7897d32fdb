"""A host's ports, in memory."""

from __future__ import annotations

from collections.abc import Iterator
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

    async def decide(
        self, bindings: tuple[PortBinding, ...], in_use: tuple[PortBinding, ...] = ()
    ) -> tuple[PortBinding, ...]:
        """The named ports as they are, the first free one of a range, and ascending ones from 32768 for the rest."""
        async with self.faults.call("decide"):
            for first, second in combinations(bindings, 2):
                if first.overlaps(second):
                    raise InvalidArgument("published port", str(second), "port-twice")
            kept = [self._check(binding) for binding in bindings if binding.decided]
            return tuple(
                binding if binding.decided else self._draw(binding, kept, in_use) for binding in bindings
            )

    def _check(self, binding: PortBinding) -> PortBinding:
        if binding.host_address == FOREIGN_ADDRESS:
            raise InvalidArgument("published port", str(binding), "port-address-elsewhere")
        for held, process in self.taken.items():
            if binding.overlaps(held):
                raise PortInUse(str(binding), "", process)
        return binding

    def _draw(
        self, binding: PortBinding, kept: list[PortBinding], in_use: tuple[PortBinding, ...]
    ) -> PortBinding:
        refusal = PortInUse(str(binding), "", "")
        for choice in self._choices(binding):
            if any(choice.overlaps(other) for other in (*kept, *in_use)):
                continue
            try:
                kept.append(self._check(choice))
            except PortInUse as error:
                refusal = error
            else:
                return choice
        raise refusal

    def _choices(self, binding: PortBinding) -> Iterator[PortBinding]:
        if binding.host_last:
            yield from binding.choices
            return
        while True:
            self._next += 1
            yield binding.at(self._next)
