"""What every PortRelays does."""

from __future__ import annotations

from typing import Protocol

import pytest

from application.ports.host import PortRelays
from domain.errors import PortInUse
from domain.network import PortBinding


class Conversation(Protocol):
    """A connection through a relay."""

    address: str
    """Of who answered."""

    async def is_ended(self) -> bool:
        """Whether the other side has ended it, or does so soon."""


class RelayWorld(Protocol):
    """Relays on a machine, and what they lead to: at each of `addresses` somebody answers."""

    relays: PortRelays
    addresses: tuple[str, str]

    def free(self) -> PortBinding:
        """A binding to where somebody answers, at a port of the host that is free."""

    async def connect(self, binding: PortBinding) -> Conversation | None:
        """Connect to the host's side of a binding; None where nobody listens."""


class PortRelaysContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> RelayWorld:
        raise NotImplementedError

    async def test_each_owners_lead_to_its_address(self, subject: RelayWorld) -> None:
        opened = [((subject.free(), subject.free()), address) for address in subject.addresses]
        for number, (bindings, address) in enumerate(opened):
            await subject.relays.open(f"owner {number}", bindings, address)
        for bindings, address in opened:
            for binding in bindings:
                assert await answerer(subject, binding) == address

    async def test_opening_anew_takes_the_place_of_what_was_open(self, subject: RelayWorld) -> None:
        gone, kept, new = (subject.free() for _ in range(3))
        await subject.relays.open("owner", (gone, kept), subject.addresses[0])
        before = await subject.connect(kept)
        assert before is not None
        await subject.relays.open("owner", (kept, new), subject.addresses[1])
        assert await before.is_ended()
        assert await answerer(subject, gone) == ""
        for binding in (kept, new):
            assert await answerer(subject, binding) == subject.addresses[1]

    async def test_a_port_of_another_owner_leaves_nothing_open(self, subject: RelayWorld) -> None:
        taken, free, before = (subject.free() for _ in range(3))
        await subject.relays.open("first", (taken,), subject.addresses[0])
        await subject.relays.open("second", (before,), subject.addresses[1])
        with pytest.raises(PortInUse) as caught:
            await subject.relays.open("second", (free, taken), subject.addresses[1])
        assert caught.value.address == str(taken)
        for binding in (free, before):
            assert await answerer(subject, binding) == ""
        assert await answerer(subject, taken) == subject.addresses[0]

    async def test_one_more_is_added_to_what_is_open(self, subject: RelayWorld) -> None:
        first, more, taken = (subject.free() for _ in range(3))
        await subject.relays.open("other", (taken,), subject.addresses[1])
        for binding in (first, more):
            await subject.relays.add("owner", binding, subject.addresses[0])
        with pytest.raises(PortInUse):
            await subject.relays.add("owner", taken, subject.addresses[0])
        for binding in (first, more):
            assert await answerer(subject, binding) == subject.addresses[0]
        await subject.relays.close("owner")
        for binding in (first, more):
            assert await answerer(subject, binding) == ""

    async def test_closing_ends_what_is_passed_on_and_is_idempotent(self, subject: RelayWorld) -> None:
        closed, other = subject.free(), subject.free()
        await subject.relays.open("owner", (closed,), subject.addresses[0])
        await subject.relays.open("other", (other,), subject.addresses[1])
        ending, staying = await subject.connect(closed), await subject.connect(other)
        assert ending is not None
        assert staying is not None
        for _ in range(2):
            await subject.relays.close("owner")
        assert await ending.is_ended()
        assert not await staying.is_ended()
        assert await answerer(subject, closed) == ""
        assert await answerer(subject, other) == subject.addresses[1]

    async def test_what_was_closed_can_be_opened_by_others(self, subject: RelayWorld) -> None:
        binding = subject.free()
        for owner, address in zip(("one", "two"), subject.addresses, strict=True):
            await subject.relays.open(owner, (binding,), address)
            assert await answerer(subject, binding) == address
            await subject.relays.close(owner)


async def answerer(world: RelayWorld, binding: PortBinding) -> str:
    """The address of who answers at a binding, "" where nobody listens."""
    conversation = await world.connect(binding)
    return conversation.address if conversation is not None else ""
