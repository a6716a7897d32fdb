"""What every RegistryLogins does."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from application.ports.registries import RegistryLogins
from domain.errors import Unauthenticated, Unavailable
from domain.image import Credentials

WRONG = Credentials("tester", "wrong")


@dataclass(frozen=True)
class Locked:
    """A registry that lets all in, one for `credentials` by Basic, one by Bearer, and an address where none answers.

    `by_token` gives `refresh_token` for a right password.
    """

    logins: RegistryLogins
    open: str
    locked: str
    by_token: str
    refresh_token: str
    forbidden: str
    nobody: str
    credentials: Credentials


class RegistryLoginsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> Locked:
        raise NotImplementedError

    async def test_the_right_password(self, subject: Locked) -> None:
        assert await subject.logins.check(subject.locked, subject.credentials) == subject.credentials

    async def test_a_refresh_token_is_kept_in_its_place(self, subject: Locked) -> None:
        kept = await subject.logins.check(subject.by_token, subject.credentials)
        assert kept == Credentials("", subject.refresh_token)

    async def test_a_registry_for_all(self, subject: Locked) -> None:
        assert await subject.logins.check(subject.open, WRONG) == WRONG

    async def test_another_password(self, subject: Locked) -> None:
        for registry in (subject.locked, subject.by_token):
            with pytest.raises(Unauthenticated) as raised:
                await subject.logins.check(registry, WRONG)
            assert raised.value.fields() == {"registry": registry, "problem": "unauthorized"}

    async def test_an_account_that_may_not(self, subject: Locked) -> None:
        with pytest.raises(Unauthenticated) as raised:
            await subject.logins.check(subject.forbidden, subject.credentials)
        assert raised.value.problem == "forbidden"

    async def test_where_nobody_answers(self, subject: Locked) -> None:
        with pytest.raises(Unavailable) as raised:
            await subject.logins.check(subject.nobody, subject.credentials)
        assert (raised.value.address, raised.value.problem) == (subject.nobody, "refused")
