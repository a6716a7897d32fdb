"""How containers ended while containerd was down, from the shims that they run under."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import UTC
from pathlib import Path

from google.protobuf.message import DecodeError

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.proto import shim_pb2
from adapters.containerd.proto.shim_pb2 import StateRequest, StateResponse
from adapters.containerd.proto.task_pb2 import STOPPED
from adapters.containerd.tasks.ttrpc import call
from domain.container import ExitStatus
from domain.errors import NotFound, RuntimeFailed, Unavailable

_SERVICE = shim_pb2.DESCRIPTOR.services_by_name["Task"]
_BUNDLES = "io.containerd.runtime.v2.task"
_TIMEOUT = 2.0  # seconds: containerd waits for the answer, and a shim has nothing to do but to give it
_AT_ONCE = 64


class ShimExits:
    """application.ports.runtime.MissedExits.

    For each container, containerd keeps the address of its shim in `state`, its folder of running tasks.
    When containerd starts again it has the shims forget what ended meanwhile, so they must be asked before.
    """

    def __init__(self, state: str) -> None:
        self._bundles = Path(state, _BUNDLES, dict(NAMESPACE)["containerd-namespace"])

    async def find(self, runtime_ids: tuple[str, ...]) -> dict[str, ExitStatus]:
        """Call State of every container's own shim."""
        limit = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            asked = {
                runtime_id: group.create_task(self._ask(runtime_id, limit), name=f"shim of {runtime_id}")
                for runtime_id in runtime_ids
            }
        return {runtime_id: ended for runtime_id, task in asked.items() if (ended := task.result())}

    async def _ask(self, runtime_id: str, limit: asyncio.Semaphore) -> ExitStatus | None:
        async with limit:
            with suppress(NotFound, Unavailable, RuntimeFailed, DecodeError):
                path = await asyncio.to_thread(self._socket, runtime_id)
                request = StateRequest(id=runtime_id).SerializeToString()
                answer = await call(path, _SERVICE.full_name, "State", request, timeout=_TIMEOUT)
                return _exit(StateResponse.FromString(answer))
        return None

    def _socket(self, runtime_id: str) -> str:
        """Return the address of a container's shim. Raises NotFound, RuntimeFailed."""
        try:
            bootstrap = json.loads((self._bundles / runtime_id / "bootstrap.json").read_text())
            version, protocol, address = bootstrap["version"], bootstrap["protocol"], bootstrap["address"]
        except FileNotFoundError as error:
            raise NotFound("container", runtime_id) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RuntimeFailed("shim", str(error)) from error
        if (version, protocol) != (3, "ttrpc"):
            raise RuntimeFailed("shim", f"it speaks {protocol}, version {version}")
        return str(address).removeprefix("unix://")


def _exit(state: StateResponse) -> ExitStatus | None:
    if state.status != STOPPED:
        return None
    return ExitStatus(state.exit_status & 0xFF, state.exited_at.ToDatetime(UTC))
