"""The contract on the fake."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from application.ports.leftovers import Leftover, Leftovers
from tests.unit.contracts.leftovers_contract import LeftoversContract, LeftoverWorld
from tests.unit.fakes.leftovers import FakeLeftovers


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeLeftovers()
        self.leftovers: Leftovers = self.fake

    def make(self) -> dict[str, Leftover]:
        kinds = get_args(get_type_hints(Leftover)["kind"])
        made = {kind: Leftover(kind, f"of {kind}") for kind in kinds}
        self.fake.there |= set(made.values())
        return made

    def exists(self, leftover: Leftover) -> bool:
        return leftover in self.fake.there


class TestFakeLeftovers(LeftoversContract):
    @pytest.fixture
    def subject(self) -> LeftoverWorld:
        return FakeWorld()
