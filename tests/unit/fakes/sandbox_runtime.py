"""A runtime in memory: the world that the fakes of both runtime ports share, and its sandboxes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from application.ports.runtime import ContainerRequest, Interface, SandboxRequest, SandboxState
from domain.container import ContainerState, ExitStatus, RuntimeContainer
from domain.errors import NotFound

GATE_PROGRAM = "/gate/init"
KILLED = 137


@dataclass
class FakeSandbox:
    """A pod: what was asked for, and whether it still has its network."""

    id: str
    request: SandboxRequest
    address: str
    ready: bool = True


@dataclass
class FakeContainer:
    """A container: what was asked for, and its state."""

    request: ContainerRequest
    state: RuntimeContainer
    held: bool = False  # at a gate, of runtime/init


@dataclass
class Gate:
    """Where a call of a fake stands still: wait for `reached`, then `open` it or cancel the call."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self) -> None:
        """Let the call go on."""
        self.opened.set()


@dataclass
class _Trouble:
    after: bool
    error: Exception | None = None
    gate: Gate | None = None
    delay: float = 0.0

    async def happen(self) -> None:
        await asyncio.sleep(self.delay)
        if self.gate is not None:
            self.gate.reached.set()
            await self.gate.opened.wait()
        if self.error is not None:
            raise self.error


class FakeRuntime:
    """Sandboxes and the containers in them, and the troubles that tests make.

    Troubles are by method: "run", "stop_sandbox", "remove", "list_sandboxes", "address", "create",
    "start", "stop", "list", "status", "find". Each is met by one call, in the order they were made; with
    `after` it comes once the call has done its work: an answer that is lost.
    """

    def __init__(self) -> None:
        self.sandboxes: dict[str, FakeSandbox] = {}
        self.containers: dict[str, FakeContainer] = {}
        self.absent_images: set[str] = set()
        self.missing_commands: set[str] = {"/no/such/command", "no-such-command"}
        self.unexecutable_commands: set[str] = {"/etc/hosts"}
        self.listeners: list[Callable[[str], None]] = []
        self.passing_listeners: list[Callable[[str], None]] = []
        self.shut_gates: dict[str, list[Callable[[], None]]] = {}
        self.calls: list[tuple[str, str]] = []
        self.missed: dict[str, ExitStatus] | None = None
        self._troubles: dict[str, list[_Trouble]] = {}
        self._made = 0

    def fail(self, method: str, error: Exception, *, times: int = 1, after: bool = False) -> None:
        """Have the next `times` calls of a method raise `error`."""
        self._troubles.setdefault(method, []).extend(_Trouble(after, error=error) for _ in range(times))

    def delay(self, method: str, seconds: float, *, after: bool = False) -> None:
        """Have the next call of a method take longer."""
        self._troubles.setdefault(method, []).append(_Trouble(after, delay=seconds))

    def hold(self, method: str, *, after: bool = False) -> Gate:
        """Have the next call of a method stand still at the gate that is returned."""
        gate = Gate()
        self._troubles.setdefault(method, []).append(_Trouble(after, gate=gate))
        return gate

    def finish(self, runtime_id: str, code: int, reason: str = "") -> None:
        """End a container's process, if it runs, and tell the listeners."""
        container = self.containers[runtime_id]
        if container.state.state is not ContainerState.RUNNING:
            return
        container.held = False
        how = ExitStatus(code, datetime.now(UTC), reason or ("Completed" if code == 0 else "Error"))
        if self.missed is not None:
            self.missed[runtime_id] = replace(how, reason="")
            missed = ExitStatus(255, datetime.now(UTC), "Unknown")
            container.state = replace(container.state, state=ContainerState.EXITED, exit=missed)
            return
        container.state = replace(container.state, state=ContainerState.EXITED, exit=how)
        for tell in self.listeners:
            tell(runtime_id)

    def open_gate(self, key: str) -> None:
        """Let those go on that are held at the gate of a k3c id, if there is one."""
        for go_on in self.shut_gates.pop(key, ()):
            go_on()

    def pass_gate(self, runtime_id: str) -> bool:
        """Tell the listeners that a container goes on; whether it was still held."""
        container = self.containers.get(runtime_id)
        if container is None or not container.held:
            return False
        container.held = False
        for tell in self.passing_listeners:
            tell(runtime_id)
        return True

    @contextmanager
    def down(self) -> Iterator[None]:
        """Have it miss what ends meanwhile: it tells nobody, has it end with 255, and how it did is in `missed`."""
        self.missed = {}
        try:
            yield
        finally:
            self.missed = None

    def leftovers(self) -> tuple[str, ...]:
        """All that is still there, one line for each sandbox and container."""
        pods = (f"sandbox {pod.request.name}/{pod.request.attempt}" for pod in self.sandboxes.values())
        inside = (
            f"container {item.request.sandbox.name}/{item.request.sandbox.attempt} {item.state.state}"
            for item in self.containers.values()
        )
        return tuple(sorted((*pods, *inside)))

    def new_id(self) -> str:
        """An id of the form that runtimes give: 64 hexadecimal digits."""
        self._made += 1
        return f"{self._made:064x}"

    @property
    def made(self) -> int:
        """How many sandboxes and containers were made so far."""
        return self._made

    @asynccontextmanager
    async def call(self, method: str, about: str) -> AsyncIterator[None]:
        """Note the call and meet its trouble, before or after the work of the block."""
        self.calls.append((method, about))
        await asyncio.sleep(0)
        waiting = self._troubles.get(method)
        trouble = waiting.pop(0) if waiting else None
        if trouble is not None and not trouble.after:
            await trouble.happen()
        yield
        if trouble is not None and trouble.after:
            await trouble.happen()


class FakeSandboxRuntime:
    """SandboxRuntime in a FakeRuntime."""

    def __init__(self, world: FakeRuntime) -> None:
        self.world = world

    async def run(self, request: SandboxRequest) -> str:
        """Make a sandbox; one of the same key and attempt that was left over gives way."""
        sandbox_id = ""
        try:
            async with self.world.call("run", request.key):
                self._clear(request)
                sandbox_id = self._add(request)
        except BaseException:
            self._drop(sandbox_id)
            raise
        return sandbox_id

    async def stop(self, sandbox_id: str) -> None:
        """Kill what runs in it."""
        async with self.world.call("stop_sandbox", sandbox_id):
            if sandbox := self.world.sandboxes.get(sandbox_id):
                sandbox.ready = False
                self._kill(sandbox_id)

    async def remove(self, sandbox_id: str) -> None:
        """Kill what runs in it and drop it all."""
        async with self.world.call("remove", sandbox_id):
            self._drop(sandbox_id)

    async def list(self) -> tuple[SandboxState, ...]:
        """All sandboxes."""
        async with self.world.call("list_sandboxes", ""):
            return tuple(
                SandboxState(pod.id, pod.request.key, pod.request.attempt, pod.ready)
                for pod in self.world.sandboxes.values()
            )

    async def address(self, sandbox_id: str) -> str:
        """Its made-up address while it is ready."""
        async with self.world.call("address", sandbox_id):
            if sandbox_id not in self.world.sandboxes:
                raise NotFound("sandbox", sandbox_id)
            sandbox = self.world.sandboxes[sandbox_id]
            return sandbox.address if sandbox.ready else ""

    async def interface(self, sandbox_id: str) -> Interface:
        """The address, and a MAC address that is made of it."""
        address = await self.address(sandbox_id)
        octets = [int(part) for part in address.split(".")] if address else []
        return Interface(address, ":".join(f"{octet:02x}" for octet in (2, 0, *octets)) if octets else "")

    def _add(self, request: SandboxRequest) -> str:
        sandbox_id = self.world.new_id()
        address = f"10.88.{self.world.made // 250}.{self.world.made % 250 + 2}"
        self.world.sandboxes[sandbox_id] = FakeSandbox(sandbox_id, request, address)
        return sandbox_id

    def _clear(self, request: SandboxRequest) -> None:
        for pod in tuple(self.world.sandboxes.values()):
            if (pod.request.key, pod.request.attempt) == (request.key, request.attempt):
                self._drop(pod.id)

    def _inside(self, sandbox_id: str) -> tuple[str, ...]:
        containers = self.world.containers.items()
        return tuple(key for key, item in containers if item.state.sandbox_id == sandbox_id)

    def _kill(self, sandbox_id: str) -> None:
        for runtime_id in self._inside(sandbox_id):
            self.world.finish(runtime_id, KILLED)

    def _drop(self, sandbox_id: str) -> None:
        self._kill(sandbox_id)
        for runtime_id in self._inside(sandbox_id):
            del self.world.containers[runtime_id]
        self.world.sandboxes.pop(sandbox_id, None)
