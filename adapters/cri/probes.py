"""Probes through CRI's ExecSync."""

from __future__ import annotations

import asyncio
import math

import grpc

from adapters.cri.errors import Subject, translated
from adapters.cri.proto import api_pb2 as cri
from adapters.cri.proto.api_pb2_grpc import RuntimeServiceStub
from application.ports.runtime import ProbeResult
from domain.errors import CommandNotExecutable, CommandNotFound, NotFound, RuntimeFailed, Unavailable
from domain.health import LONGEST_OUTPUT, exceeded

_LOST = 10.0  # seconds after its time in which the runtime must have answered
_NOT_RUNNING = "is in CONTAINER_"  # containerd: "container is in CONTAINER_EXITED state"


class CriContainerProbes:
    """application.ports.runtime.ContainerProbes.

    ExecSync's own timeout is in whole seconds. A shorter timeout is kept by ending the call, which ends the
    process.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = RuntimeServiceStub(channel)

    async def run(self, runtime_id: str, command: tuple[str, ...], timeout: float) -> ProbeResult:
        """Call ExecSync."""
        whole = math.ceil(timeout)
        request = cri.ExecSyncRequest(container_id=runtime_id, cmd=command, timeout=whole)
        call_timeout = timeout if timeout < whole else timeout + _LOST
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            with translated(Subject("container", runtime_id)):
                answer = await self._stub.ExecSync(request, timeout=call_timeout)
        except Unavailable:
            if clock() - began < timeout:
                raise
            return ProbeResult(-1, exceeded(timeout))
        except (CommandNotFound, CommandNotExecutable) as error:
            return ProbeResult(-1, f"{error.command}: cannot be executed")
        except RuntimeFailed as error:
            if _NOT_RUNNING in error.detail:
                raise NotFound("container", runtime_id) from error
            return ProbeResult(-1, error.detail)
        return ProbeResult(answer.exit_code, _text(answer.stdout + answer.stderr))


def _text(output: bytes) -> str:
    return output[:LONGEST_OUTPUT].decode(errors="replace")
