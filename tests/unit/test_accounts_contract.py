"""The contract on the fake, and on a process that has a root of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.host.accounts import ContainerAccounts
from tests.unit.contracts.accounts_contract import GROUP, PASSWD, AccountsContract, AccountWorld
from tests.unit.fakes.furniture import FakeAccounts

_CONFINED = "import os, sys, time; os.chroot(sys.argv[1]); print(flush=True); time.sleep(1000)"


class TestFakeAccounts(AccountsContract):
    @pytest.fixture
    def subject(self) -> AccountWorld:
        return AccountWorld(FakeAccounts(ended=frozenset({2})), 1, "/roots/image", 2)


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccountWorld]:
    root = tmp_path_factory.mktemp("root")
    (root / "etc").mkdir()
    (root / "etc/passwd").write_text(PASSWD)
    (root / "etc/group").write_text(GROUP)
    command = (sys.executable, "-I", "-S", "-c", _CONFINED, str(root))
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield AccountWorld(ContainerAccounts(), process.pid, str(root), _no_pid())
        process.kill()


def _no_pid() -> int:
    """A number above all that the kernel gives."""
    return int(Path("/proc/sys/kernel/pid_max").read_text()) + 1


class TestContainerAccounts(AccountsContract):
    @pytest.fixture
    def subject(self, confined: AccountWorld) -> AccountWorld:
        return confined
