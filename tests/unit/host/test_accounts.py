"""Users and groups by the files of a container."""

from __future__ import annotations

import pytest

from adapters.host.accounts import lookup
from application.ports.host import Account
from domain.errors import InvalidArgument

PASSWD = [["root", "x", "0", "0", "root", "/root", "/bin/sh"], ["app", "x", "1000", "100", "", "/app", ""]]
GROUP = [["root", "x", "0", "", "", "", ""], ["wheel", "x", "10", "root,app", "", "", ""]]


@pytest.mark.parametrize(
    ("user", "account"),
    [
        ("root", Account(0, 0, (10,), "/root")),
        ("app", Account(1000, 100, (10,), "/app")),
        ("1000", Account(1000, 100, (10,), "/app")),
        ("4000", Account(4000, 0)),
        ("app:wheel", Account(1000, 10, (), "/app")),
        ("4000:5000", Account(4000, 5000)),
    ],
)
def test_known_users(user: str, account: Account) -> None:
    assert lookup(user, PASSWD, GROUP) == account


@pytest.mark.parametrize("user", ["", "nobody", "app:", ":wheel", "app:nogroup", "a:b:c", str(2**31)])
def test_users_that_are_none(user: str) -> None:
    with pytest.raises(InvalidArgument):
        lookup(user, PASSWD, GROUP)
