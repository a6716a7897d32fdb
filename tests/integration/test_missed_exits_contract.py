"""The contract on containerd's shims: a containerd that stands still is as good as one that is down."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.containerd.channel import open_channel
from adapters.containerd.leftovers.processes import start_time
from adapters.containerd.tasks.shims import ShimExits
from adapters.cri.containers import CriContainerRuntime
from adapters.cri.sandboxes import CriSandboxRuntime
from domain.names import new_id
from tests.integration.daemon import Daemon, until
from tests.unit.contracts.container_runtime_contract import Runtimes
from tests.unit.contracts.missed_exits_contract import MissedExitsContract, Missing


class TestShimExits(MissedExitsContract):
    @pytest.fixture
    async def subject(self, daemon: Daemon, busybox_image: str, tmp_path: Path) -> AsyncIterator[Missing]:
        containerd = int(json.loads((daemon.state / "containerd.pid").read_text())["pid"])
        state = daemon.state / "containerd"

        @contextmanager
        def down() -> Iterator[None]:
            os.kill(containerd, signal.SIGSTOP)
            try:
                yield
            finally:
                os.kill(containerd, signal.SIGCONT)

        def finish(runtime_id: str, code: int) -> None:
            bundle = state / "io.containerd.runtime.v2.task" / "k8s.io" / runtime_id
            pid = int((bundle / "init.pid").read_text())
            started = start_time(pid)
            os.kill(pid, signal.SIGKILL if code == 137 else signal.SIGTERM)
            until(lambda: start_time(pid) != started)

        async with open_channel(f"unix://{daemon.state}/containerd.sock") as channel:
            instance = new_id()
            sandboxes = CriSandboxRuntime(channel, instance)
            containers = CriContainerRuntime(channel, instance)
            runtimes = Runtimes(sandboxes, containers, busybox_image, "", tmp_path)
            yield Missing(runtimes, ShimExits(str(state)), down, finish)
            for sandbox in await sandboxes.list():
                await sandboxes.remove(sandbox.id)
