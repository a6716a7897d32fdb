"""The wiring of the daemon."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import grpc
import pytest

from tests.unit.fakes.container_logs import FakeContainerLogs
from tests.unit.fakes.wired import CONFIG, wiring


@pytest.mark.parametrize("kind", ["embedded", "external"])
@pytest.mark.parametrize("beyond", ["containerd", "none"])
async def test_every_object_of_the_daemon_can_be_made(
    kind: Literal["embedded", "external"], beyond: Literal["containerd", "none"]
) -> None:
    async with grpc.aio.insecure_channel("unix:///nowhere") as channel:
        daemon = wiring(
            replace(CONFIG, runtime_kind=kind, beyond_cri=beyond),
            database=object(),
            runtime_channel=channel,
            facts=object(),
            versions={},
        )
        daemon.logs.override(
            FakeContainerLogs()
        )  # the real ones need a library that is built with the runtime
        made = {name: provider() for name, provider in daemon.providers.items()}
    assert made["config"].runtime_kind == kind
    assert made["volume_service"].create is made["create_volume"]
