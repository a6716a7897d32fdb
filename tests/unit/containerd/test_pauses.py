"""What is made of containerd's words when a container is thawed."""

from __future__ import annotations

from typing import Any, NoReturn, cast

import grpc
import pytest

from adapters.containerd.proto.task_pb2 import PAUSED, Process
from adapters.containerd.proto.tasks_pb2 import GetResponse
from adapters.containerd.tasks.pauses import ContainerdPauses
from domain.errors import RuntimeFailed


class Tasks:
    """A task that containerd takes for paused, and that is not thawed."""

    def __init__(self, words: str) -> None:
        self._words = words

    async def Resume(self, request: object, **_: object) -> NoReturn:  # noqa: N802 - the rpc's name
        metadata = grpc.aio.Metadata()
        raise grpc.aio.AioRpcError(grpc.StatusCode.UNKNOWN, metadata, metadata, self._words)

    async def Get(self, request: object, **_: object) -> GetResponse:  # noqa: N802
        return GetResponse(process=Process(status=PAUSED))


def pauses(words: str) -> ContainerdPauses:
    made = ContainerdPauses(cast("Any", grpc.aio.insecure_channel("unix:/nobody")))
    made._tasks = cast("Any", Tasks(words))
    return made


async def test_one_that_runc_has_thawed_for_a_signal_is_thawed() -> None:
    await pauses("OCI runtime resume failed: container not paused").resume("id")


async def test_one_that_stays_frozen_is_a_failure() -> None:
    with pytest.raises(RuntimeFailed):
        await pauses("OCI runtime resume failed: no permission").resume("id")
