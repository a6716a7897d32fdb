"""The contract on the fake, and on this machine's processes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.host.oom_scores import LinuxOomScores
from tests.unit.contracts.oom_scores_contract import OomScoresContract, ScoredWorld
from tests.unit.fakes.oom_scores import FakeOomScores

_SYS_RESOURCE = 1 << 24


class TestFakeOomScores(OomScoresContract):
    @pytest.fixture
    def subject(self) -> ScoredWorld:
        fake = FakeOomScores(ended=frozenset({3}))
        return ScoredWorld(fake, (1, 2), 3, lambda pid: fake.scores.get(pid, 0), too_low=-1)


class TestLinuxOomScores(OomScoresContract):
    @pytest.fixture
    def subject(self) -> Iterator[ScoredWorld]:
        no_pid = int(Path("/proc/sys/kernel/pid_max").read_text()) + 1
        status = Path("/proc/self/status").read_text()
        may = bool(int(status.partition("CapEff:")[2].split()[0], 16) & _SYS_RESOURCE)
        sleep = ("sleep", "1000")
        with subprocess.Popen(sleep) as first, subprocess.Popen(sleep) as second:
            try:
                for process in (first, second):
                    Path(f"/proc/{process.pid}/oom_score_adj").write_text("0")
                yield ScoredWorld(
                    LinuxOomScores(), (first.pid, second.pid), no_pid, _score, too_low=None if may else -1
                )
            finally:
                for process in (first, second):
                    process.kill()


def _score(pid: int) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())
