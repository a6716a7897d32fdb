"""Attached containers and further commands, on fakes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from application.lifecycle.sessions import Attachment, Execution
from application.ports.streams import ExecRequest
from application.use_cases.container.run import Started
from domain.container import ExitStatus
from domain.errors import Conflict, InvalidArgument, NotFound, RuntimeFailed
from domain.spec import ContainerSpec
from domain.streams import STDERR, STDOUT, Output, TerminalSize
from entrypoints.daemon.wiring import Daemon
from tests.unit.fakes.streams import FakeContainerStreams, FakeExecs
from tests.unit.fakes.wired import IMAGE, FakeWorld, put_image, running_loops

SPEC = ContainerSpec(IMAGE, ("sh", "-c", "exit 3"))
WRITTEN = (Output(STDOUT, b"\0out"), Output(STDERR, b"err"))


class Scene:
    """A daemon whose containers write WRITTEN."""

    def __init__(self) -> None:
        self.world = FakeWorld()
        self.daemon: Daemon = self.world.daemon()
        self.streams = FakeContainerStreams(self.world.runtime)
        self.streams.written = WRITTEN
        self.daemon.streams.override(self.streams)
        self.execs = FakeExecs(self.world.runtime)
        self.daemon.execs.override(self.execs)

    def attachment(self, *, stdin: bool = False, size: TerminalSize | None = None) -> Attachment:
        """One client's."""
        return Attachment(self.streams, stdin=stdin, size=size)


@pytest.fixture
async def scene() -> Scene:
    made = Scene()
    await put_image(made.world.images)
    return made


@pytest.mark.parametrize("tty", [False, True])
async def test_output_comes_without_marks_and_the_exit_last(scene: Scene, *, tty: bool) -> None:
    async with running_loops(scene.daemon):
        attachment = scene.attachment(size=TerminalSize(3, 4))
        events = [event async for event in scene.daemon.run()(replace(SPEC, tty=tty), "web", attachment)]
    assert isinstance(events[1], Started)
    assert events[2:4] == list(WRITTEN)
    assert isinstance(events[-1], ExitStatus)
    assert events[-1].code == 3
    assert not scene.world.gates.shut_now
    assert scene.streams.attached[0].sizes == [TerminalSize(3, 4)]


async def test_a_failed_attach_leaves_nothing(scene: Scene) -> None:
    scene.world.runtime.fail("attach", RuntimeFailed("test", "reported", "broken"))
    with pytest.raises(RuntimeFailed):
        async for _ in scene.daemon.run()(SPEC, "web", scene.attachment()):
            pass
    assert not scene.world.runtime.leftovers()
    assert not scene.world.state.records
    assert not scene.world.gates.shut_now


@pytest.mark.parametrize(("once", "ended"), [(True, True), (False, False)])
async def test_input_waits_and_ends_only_what_was_made_for_one(
    scene: Scene, *, once: bool, ended: bool
) -> None:
    attachment = scene.attachment(stdin=True)
    typing = asyncio.gather(attachment.write(b"early"), attachment.end_input())
    spec = replace(SPEC, stdin=True, stdin_once=once)
    async with running_loops(scene.daemon):
        assert [event async for event in scene.daemon.run()(spec, "web", attachment)]
    await typing
    (process,) = scene.streams.attached
    assert (process.typed, process.ended) == (b"early", ended)


async def test_input_to_a_container_without_any_is_dropped(scene: Scene) -> None:
    attachment = scene.attachment(stdin=True)
    async with running_loops(scene.daemon):
        assert [event async for event in scene.daemon.run()(SPEC, "web", attachment)]
    await attachment.write(b"x")
    await attachment.end_input()
    assert scene.streams.attached[0].typed == b""
    with pytest.raises(InvalidArgument):
        await attachment.signal(15)


async def test_exec(scene: Scene) -> None:
    await scene.daemon.start()((await scene.daemon.create()(replace(SPEC, command=("sleep", "9")), "web")).id)
    execution = Execution()
    request = ExecRequest(("sh", "-c", "exit 9"))
    command = scene.daemon.exec_command()
    assert [event async for event in command("web", request, execution)] == [None, 9]
    echo = command("web", ExecRequest(("echo", "hi")), Execution())
    assert [event async for event in echo] == [None, Output(STDOUT, b"hi\n"), 0]
    await execution.write(b"x")
    await execution.signal(15)
    assert (scene.execs.processes[0].typed, scene.execs.processes[0].signals) == (b"x", [15])
    detached = scene.daemon.exec_command()("web", replace(request, streams=False), Execution())
    assert [event async for event in detached] == [None]


@pytest.mark.parametrize(
    ("name", "request_", "error"),
    [
        ("absent", ExecRequest(("true",)), NotFound),
        ("web", ExecRequest(("true",)), Conflict),
        ("web", ExecRequest(()), InvalidArgument),
        ("web", ExecRequest(("true",), environment=("=x",)), InvalidArgument),
    ],
)
async def test_exec_that_is_refused(
    scene: Scene, name: str, request_: ExecRequest, error: type[Exception]
) -> None:
    await scene.daemon.create()(SPEC, "web")
    with pytest.raises(error):
        async for _ in scene.daemon.exec_command()(name, request_, Execution()):
            pass
    assert not scene.execs.requests
