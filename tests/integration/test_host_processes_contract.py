"""The contract on ps(1), cgroups and /proc."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.host.processes import LinuxHostProcesses
from tests.unit.contracts.host_processes_contract import HostProcessesContract, ProcessWorld


class TestLinuxHostProcesses(HostProcessesContract):
    @pytest.fixture
    def subject(self) -> Iterator[ProcessWorld]:
        no_pid = int(Path("/proc/sys/kernel/pid_max").read_text()) + 1
        sleep = ("sleep", "1000")
        with subprocess.Popen(sleep) as first, subprocess.Popen(sleep) as second:
            yield ProcessWorld(LinuxHostProcesses(), (first.pid, second.pid), no_pid)
            for process in (first, second):
                process.kill()
