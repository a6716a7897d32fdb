"""Further processes in containers, through containerd's tasks: faster than a streaming server, and without loss."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import any_pb2

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.errors import SERVICE, translated
from adapters.containerd.proto import tasks_pb2 as tasks
from adapters.containerd.proto.containers_pb2 import GetContainerRequest
from adapters.containerd.proto.containers_pb2_grpc import ContainersStub
from adapters.containerd.proto.tasks_pb2_grpc import TasksStub
from adapters.containerd.tasks.fifos import Fifos
from adapters.oci_runtime import command_error
from application.ports.host import Accounts
from application.ports.streams import ExecRequest
from domain.capabilities import CAPABILITIES
from domain.errors import K3cError, NotFound, RuntimeFailed
from domain.spec import merge_environment
from domain.streams import STDERR, STDIN, STDOUT, Output, TerminalSize

_PROCESS = "types.containerd.io/opencontainers/runtime-spec/1/Process"
_TERM = "TERM=xterm"


class ContainerdExecs:
    """application.ports.streams.Execs; the pipes are made in `folder`, below the state folder."""

    def __init__(self, channel: grpc.aio.Channel, folder: str, accounts: Accounts) -> None:
        self._tasks = TasksStub(channel)
        self._containers = ContainersStub(channel)
        self._folder = Path(folder)
        self._accounts = accounts
        self._cleaning: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def start(self, runtime_id: str, request: ExecRequest) -> AsyncIterator[ContainerdExecProcess]:
        """Call Exec and Start. The process is deleted from containerd when it has ended."""
        process = await self._process(runtime_id, request)
        exec_id = f"k3c-{secrets.token_hex(16)}"
        fifos = Fifos(self._folder / exec_id, tty=request.tty, stdin=request.stdin)
        try:
            if request.streams:
                fifos.open()
            exec_ = await self._begin(runtime_id, exec_id, process, request, fifos)
            try:
                yield exec_
            finally:
                self._clean_up(exec_)
        finally:
            fifos.close()

    async def _begin(
        self, runtime_id: str, exec_id: str, process: dict[str, Any], request: ExecRequest, fifos: Fifos
    ) -> ContainerdExecProcess:
        spec = any_pb2.Any(type_url=_PROCESS, value=json.dumps(process).encode())
        streams = {name: fifos.path(name) for name in (STDIN, STDOUT, STDERR)} if request.streams else {}
        async with translated("container", runtime_id):
            await self._tasks.Exec(
                tasks.ExecProcessRequest(
                    container_id=runtime_id, exec_id=exec_id, spec=spec, terminal=request.tty, **streams
                ),
                metadata=NAMESPACE,
            )
        exec_ = ContainerdExecProcess(self._tasks, runtime_id, exec_id, fifos, tty=request.tty)
        try:
            await exec_.begin()
        except BaseException:
            self._clean_up(exec_)
            raise
        return exec_

    async def _process(self, runtime_id: str, request: ExecRequest) -> dict[str, Any]:
        """Return the container's own process with what the request changes."""
        async with translated("container", runtime_id):
            found = await self._containers.Get(GetContainerRequest(id=runtime_id), metadata=NAMESPACE)
        process: dict[str, Any] = json.loads(found.container.spec.value)["process"]
        environment = merge_environment(
            tuple(process.get("env", ())), (_TERM,) if request.tty else (), request.environment
        )
        process |= {"args": list(request.arguments), "env": list(environment), "terminal": request.tty}
        process.pop("consoleSize", None)
        if request.size is not None:
            process["consoleSize"] = {"height": request.size.rows, "width": request.size.columns}
        if request.working_dir:
            process["cwd"] = request.working_dir
        if request.user:
            async with translated("container", runtime_id):
                task = await self._tasks.Get(tasks.GetRequest(container_id=runtime_id), metadata=NAMESPACE)
            account = await self._accounts.find(task.process.pid, request.user)
            process["user"] = {
                "uid": account.uid,
                "gid": account.gid,
                "additionalGids": [account.gid, *account.groups],
            }
        if request.privileged:
            process["capabilities"] = _all_capabilities()
            process.pop("apparmorProfile", None)
            process.pop("selinuxLabel", None)
            process["noNewPrivileges"] = False
        return process

    def _clean_up(self, exec_: ContainerdExecProcess) -> None:
        task = asyncio.ensure_future(exec_.delete())
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)


class ContainerdExecProcess:
    """application.ports.streams.ExecProcess."""

    def __init__(self, stub: Any, runtime_id: str, exec_id: str, fifos: Fifos, *, tty: bool) -> None:
        self._tasks = stub
        self._runtime_id = runtime_id
        self._ids = {"container_id": runtime_id, "exec_id": exec_id}
        self._fifos = fifos
        self._tty = tty
        self._ended = asyncio.Event()
        self._waiting: asyncio.Task[int] | None = None

    async def begin(self) -> None:
        """Start the process, with a call that waits for its end already running."""
        self._waiting = asyncio.create_task(self._wait(), name=f"end of {self._ids['exec_id']}")
        try:
            await self._tasks.Start(tasks.StartRequest(**self._ids), metadata=NAMESPACE)
        except grpc.aio.AioRpcError as error:
            raise _start_error(error, self._runtime_id) from error
        self._fifos.started()

    async def _wait(self) -> int:
        try:
            async with translated("container", self._runtime_id):
                answer = await self._tasks.Wait(tasks.WaitRequest(**self._ids), metadata=NAMESPACE)
            return int(answer.exit_status)
        finally:
            self._ended.set()

    async def output(self) -> AsyncGenerator[Output, None]:
        """Read both pipes."""
        async for output in self._fifos.output(self._ended):
            yield output

    def hand_over(self) -> dict[str, int]:
        """Return our ends of the pipes."""
        return self._fifos.hand_over()

    async def write(self, data: bytes) -> None:
        """Write into the pipe."""
        await self._fifos.write(data)

    async def end_input(self) -> None:
        """Close our end of the pipe, and have the shim close its end."""
        if not self._fifos.end_input():
            return
        with suppress(NotFound, RuntimeFailed):  # it has ended
            async with translated("process", self._ids["exec_id"]):
                await self._tasks.CloseIO(tasks.CloseIORequest(**self._ids, stdin=True), metadata=NAMESPACE)

    async def resize(self, size: TerminalSize) -> None:
        """Call ResizePty."""
        if not self._tty:
            return
        request = tasks.ResizePtyRequest(**self._ids, width=size.columns, height=size.rows)
        with suppress(NotFound, RuntimeFailed):  # it has ended
            async with translated("process", self._ids["exec_id"]):
                await self._tasks.ResizePty(request, metadata=NAMESPACE)

    async def signal(self, number: int) -> None:
        """Call Kill."""
        with suppress(NotFound):
            async with translated("process", self._ids["exec_id"]):
                request = tasks.KillRequest(
                    container_id=self._runtime_id, exec_id=self._ids["exec_id"], signal=number
                )
                await self._tasks.Kill(request, metadata=NAMESPACE)

    async def wait(self) -> int:
        """Return the result of the Wait call."""
        assert self._waiting is not None
        return await asyncio.shield(self._waiting)

    async def delete(self) -> None:
        """Delete the process from containerd when it has ended."""
        with suppress(K3cError, grpc.aio.AioRpcError):  # with its container everything of it goes
            await self.wait()
        with suppress(grpc.aio.AioRpcError):
            await self._tasks.DeleteProcess(tasks.DeleteProcessRequest(**self._ids), metadata=NAMESPACE)


def _start_error(error: grpc.aio.AioRpcError, runtime_id: str) -> K3cError:
    text = error.details() or ""
    if error.code() is grpc.StatusCode.NOT_FOUND:
        return command_error(text) or NotFound("container", runtime_id)
    return command_error(text) or RuntimeFailed(SERVICE, "reported", " ".join(text.split())[-300:])


def _all_capabilities() -> dict[str, list[str]]:
    """Return every capability that this kernel and this process have."""
    bounding = int(_status_field("CapBnd"), 16)
    names = [f"CAP_{name}" for number, name in enumerate(CAPABILITIES) if bounding >> number & 1]
    return dict.fromkeys(("bounding", "effective", "permitted"), names)


def _status_field(name: str) -> str:
    with Path("/proc/self/status").open() as status:
        return next(line.split(":")[1].strip() for line in status if line.startswith(name + ":"))
