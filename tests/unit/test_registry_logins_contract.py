"""The contract on the fake."""

from __future__ import annotations

import pytest

from domain.image import Credentials
from tests.unit.contracts.registries_contract import Locked, RegistryLoginsContract
from tests.unit.fakes.registry_logins import FakeRegistryLogins


class TestFakeRegistryLogins(RegistryLoginsContract):
    @pytest.fixture
    def subject(self) -> Locked:
        logins = FakeRegistryLogins()
        credentials = Credentials("tester", "hunter2")
        logins.locked = {"basic.test": credentials, "token.test": credentials}
        logins.tokens = {"token.test": "refresh"}
        logins.forbidden, logins.down = {"forbidden.test"}, {"nobody.test"}
        return Locked(
            logins,
            open="open.test",
            locked="basic.test",
            by_token="token.test",
            refresh_token="refresh",
            forbidden="forbidden.test",
            nobody="nobody.test",
            credentials=credentials,
        )
