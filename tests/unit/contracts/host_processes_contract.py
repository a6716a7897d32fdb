"""What every HostProcesses does."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from application.ports.processes import HostProcesses
from domain.errors import InvalidArgument, NotFound


@dataclass(frozen=True)
class ProcessWorld:
    """A machine with two processes, and the number of no process."""

    processes: HostProcesses
    pids: tuple[int, int]
    no_pid: int


class HostProcessesContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> ProcessWorld:
        raise NotImplementedError

    @pytest.mark.parametrize("options", [("-ef",), ("aux",), ("-e", "-o", "pid,comm,args")])
    async def test_rows_are_those_of_the_processes(
        self, subject: ProcessWorld, options: tuple[str, ...]
    ) -> None:
        for pids in (subject.pids, subject.pids[:1], ()):
            titles, rows = await subject.processes.table(options, pids)
            column = titles.index("PID")
            assert sorted(int(row[column]) for row in rows) == sorted(pids)
            assert {len(row) for row in rows} <= {len(titles)}

    async def test_what_is_not_there_has_no_row(self, subject: ProcessWorld) -> None:
        titles, rows = await subject.processes.table(("-ef",), (subject.no_pid,))
        assert "PID" in titles
        assert rows == ()

    @pytest.mark.parametrize(
        "options", [("--no-such-option",), ("-e", "-o", "comm"), ("-o", "no-such-column")]
    )
    async def test_options_that_ps_or_we_cannot_use(
        self, subject: ProcessWorld, options: tuple[str, ...]
    ) -> None:
        with pytest.raises(InvalidArgument) as raised:
            await subject.processes.table(options, subject.pids)
        assert raised.value.value == " ".join(options)

    async def test_usage_grows(self, subject: ProcessWorld) -> None:
        first, second = [await subject.processes.usage(subject.pids[0]) for _ in range(2)]
        assert first.at < second.at
        for name in ("cpu", "received", "sent", "read", "written"):
            assert 0 <= getattr(first, name) <= getattr(second, name)
        assert first.memory_limit > 0

    async def test_usage_of_what_is_not_there_is_not_found(self, subject: ProcessWorld) -> None:
        with pytest.raises(NotFound):
            await subject.processes.usage(subject.no_pid)
