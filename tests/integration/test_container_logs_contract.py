"""The contract on log files."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import pytest

from adapters.host.cri_log import whole_lines
from adapters.host.fast_records import fast_whole_lines
from adapters.host.logs import CriContainerLogs
from application.ports.logs import ContainerLogs
from tests.unit.contracts.container_logs_contract import ContainerLogsContract, Lives, LogWriter
from tests.unit.host.cri_writer import CriWriter, record

LIBRARY = str(Path(sys.prefix) / "libexec" / "k3c" / "k3c-logs.so")


class TestCriContainerLogs(ContainerLogsContract):
    @pytest.fixture
    def subject(self) -> ContainerLogs:
        return CriContainerLogs(fast_whole_lines(LIBRARY))

    @pytest.fixture
    def writer(self, tmp_path: Path) -> Iterator[LogWriter]:
        writer = CriWriter(tmp_path)
        yield writer
        writer.close()

    @pytest.fixture
    def lives(self, tmp_path: Path) -> Iterator[Lives]:
        made = cache(partial(CriWriter, tmp_path))
        yield made
        for number in range(1, 20):
            made(number).close()


def test_compiled_code_takes_records_apart_as_python_does() -> None:
    chance, fast = random.Random(3), fast_whole_lines(LIBRARY)
    odd = [
        record(b"part"),
        record(b"x\n", "stderr"),
        b"junk\n",
        b"\n",
        b" \n",
        b"2026 stdout F\n",
        b" stdout F \n",
        b"torn stdout F x",
    ]
    for _ in range(2000):
        records = [
            record(bytes(chance.choices(b"a stdoutFP\0", k=chance.randrange(30))) + b"\n") for _ in range(5)
        ]
        records[chance.randrange(6) :] += chance.sample(odd, chance.randrange(3))
        block = b"".join(records)
        for at in (0, len(records[0]), len(block)):
            for head in (b" stdout F ", b" stderr F "):
                assert fast(block, at, head) == whole_lines(block, at, head)
