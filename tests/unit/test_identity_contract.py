"""The contract on the fake."""

from __future__ import annotations

import pytest

from application.ports.state import Identity
from tests.unit.contracts.identity_contract import IdentityContract
from tests.unit.fakes.identity import FakeIdentity


class TestFakeIdentity(IdentityContract):
    @pytest.fixture
    def subject(self) -> Identity:
        return FakeIdentity()

    @pytest.fixture
    def another(self) -> Identity:
        return FakeIdentity()
