"""What every Accounts does."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from application.ports.host import Account, Accounts
from domain.errors import InvalidArgument, NotFound

PASSWD = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:100::/app:/bin/sh\n"
GROUP = "root:x:0:\nwheel:x:10:root,app\naudio:x:29:\n"


@dataclass(frozen=True)
class AccountWorld:
    """Accounts, a process whose root has PASSWD and GROUP, that root, and the number of no process."""

    accounts: Accounts
    pid: int
    root: str
    no_pid: int


class AccountsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> AccountWorld:
        raise NotImplementedError

    @pytest.mark.parametrize(
        ("user", "account"),
        [
            ("root", Account(0, 0, (10,), "/root")),
            ("app", Account(1000, 100, (10,), "/app")),
            ("1000", Account(1000, 100, (10,), "/app")),
            ("4000", Account(4000, 0)),
            ("app:audio", Account(1000, 29, (), "/app")),
            ("4000:5000", Account(4000, 5000)),
        ],
    )
    async def test_whom_the_words_mean(self, subject: AccountWorld, user: str, account: Account) -> None:
        assert await subject.accounts.find(subject.pid, user) == account

    @pytest.mark.parametrize("user", ["", "nobody", "app:", ":wheel", "app:nogroup", "a:b:c"])
    async def test_users_that_are_none(self, subject: AccountWorld, user: str) -> None:
        with pytest.raises(InvalidArgument) as raised:
            await subject.accounts.find(subject.pid, user)
        assert raised.value.value == user

    async def test_a_process_that_is_none_is_not_found(self, subject: AccountWorld) -> None:
        with pytest.raises(NotFound):
            await subject.accounts.find(subject.no_pid, "root")

    @pytest.mark.parametrize(
        ("names", "ids"), [((), ()), (("audio",), (29,)), (("audio", "wheel", "root"), (29, 10, 0))]
    )
    async def test_groups_by_name_in_their_order(
        self, subject: AccountWorld, names: tuple[str, ...], ids: tuple[int, ...]
    ) -> None:
        assert await subject.accounts.groups(subject.root, names) == ids

    async def test_a_group_that_is_none(self, subject: AccountWorld) -> None:
        with pytest.raises(InvalidArgument) as raised:
            await subject.accounts.groups(subject.root, ("audio", "video"))
        assert (raised.value.what, raised.value.value) == ("group", "video")
