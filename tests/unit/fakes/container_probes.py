"""Probes of a FakeRuntime's containers."""

from __future__ import annotations

from application.ports.runtime import ProbeResult
from domain.container import ContainerState
from domain.errors import NotFound
from domain.health import exceeded
from tests.unit.fakes.sandbox_runtime import FakeRuntime

_MISSING = "no-such-command"


class FakeContainerProbes:
    """ContainerProbes in a FakeRuntime.

    `sh -c "exit N"` ends with N, `echo WORDS` writes them, `sleep N` outlasts a shorter timeout at once;
    `answers` are given first, to whatever is asked.
    """

    def __init__(self, world: FakeRuntime) -> None:
        self.world = world
        self.answers: list[ProbeResult] = []

    async def run(self, runtime_id: str, command: tuple[str, ...], timeout: float) -> ProbeResult:
        """Answer for a container that runs."""
        async with self.world.call("probe", runtime_id):
            container = self.world.containers.get(runtime_id)
            if container is None or container.state.state is not ContainerState.RUNNING:
                raise NotFound("container", runtime_id)
            return self.answers.pop(0) if self.answers else _run(command, timeout)


def _run(command: tuple[str, ...], timeout: float) -> ProbeResult:
    program, *arguments = command
    if program == "sleep" and float(arguments[0]) > timeout:
        return ProbeResult(-1, exceeded(timeout))
    if program == "echo":
        return ProbeResult(0, " ".join(arguments) + "\n")
    if program == _MISSING:
        return ProbeResult(-1, f"{program}: cannot be executed")
    return ProbeResult(int(arguments[1].removeprefix("exit ")), "")
