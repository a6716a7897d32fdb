"""The container runtime: sandboxes, the containers in them, and their ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

from domain.confinement import Isolation, Security, Ulimit
from domain.container import ExitStatus, RuntimeContainer
from domain.network import AS_THE_HOST, Dns, PortBinding
from domain.spec import Process, Resources
from domain.volume import Mount


@dataclass(frozen=True)
class SandboxRequest:
    """A sandbox for one container.

    `key` is the k3c id; key and attempt name the sandbox, so a repeated request finds the same one. An empty
    `dns` leaves the resolv.conf of this machine. The sandbox takes pid, ipc, sysctls, cgroup parent and
    runtime from `isolation`; the namespaces of other containers are joined by RuntimeSpecs.
    """

    key: str
    name: str
    attempt: int
    hostname: str
    log_directory: str
    ports: tuple[PortBinding, ...] = ()
    dns: Dns = AS_THE_HOST
    host_network: bool = False
    isolation: Isolation = field(default_factory=Isolation)
    privileged: bool = False


@dataclass(frozen=True)
class BoundMount:
    """A folder or file of this machine (absolute `source`) at `target` in the container."""

    source: str
    target: str
    read_only: bool = False
    propagation: str = ""


@dataclass(frozen=True)
class ContainerRequest:
    """A container in a sandbox. `image_id` is the runtime's id of an image of the store."""

    sandbox: SandboxRequest
    sandbox_id: str
    image_id: str
    image_name: str
    process: Process
    log_path: str
    mounts: tuple[BoundMount, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    stop_signal: str = ""
    resources: Resources = field(default_factory=Resources)
    tty: bool = False
    stdin: bool = False
    stdin_once: bool = False
    security: Security = field(default_factory=Security)
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SandboxState:
    """A sandbox of this k3c. `key` is the k3c id that it was made for."""

    id: str
    key: str
    attempt: int
    ready: bool


@dataclass(frozen=True)
class Interface:
    """The network interface of a sandbox: its IP address and its MAC address, "" where it has none."""

    address: str = ""
    mac: str = ""


@dataclass(frozen=True)
class ProbeResult:
    """How a probe ended.

    `output` is what it wrote to both streams, cut to `domain.health.LONGEST_OUTPUT` bytes.
    """

    exit_code: int
    output: str


class SandboxRuntime(Protocol):
    """Sandboxes. Only the sandboxes of this k3c (by its instance label) are seen or touched."""

    async def run(self, request: SandboxRequest) -> str:
        """Make and start a sandbox, and return its id.

        On failure or cancellation nothing is left. Raises PortInUse, RuntimeFailed, Unavailable.
        """
        ...

    async def stop(self, sandbox_id: str) -> None:
        """Kill the processes and release the network; logs and root filesystem stay. Idempotent."""
        ...

    async def remove(self, sandbox_id: str) -> None:
        """Remove the sandbox and its containers, running or not. Idempotent."""
        ...

    async def list(self) -> tuple[SandboxState, ...]:
        """All sandboxes of this k3c, in any order."""
        ...

    async def address(self, sandbox_id: str) -> str:
        """The IP address of the sandbox, "" if it has none. Raises NotFound."""
        ...

    async def interface(self, sandbox_id: str) -> Interface:
        """The network interface of the sandbox; the runtime may not know its MAC address. Raises NotFound."""
        ...


class ContainerRuntime(Protocol):
    """Containers in sandboxes, by the runtime's own ids."""

    async def create(self, request: ContainerRequest) -> str:
        """Make a container and return its runtime id. Raises NotFound (image), RuntimeFailed, Unsupported."""
        ...

    async def start(self, runtime_id: str) -> None:
        """Start a container. Raises CommandNotFound, CommandNotExecutable, RuntimeFailed, NotFound."""
        ...

    async def stop(self, runtime_id: str, timeout: int) -> None:
        """Send the stop signal, and SIGKILL after `timeout` seconds; return when the container has ended.

        Idempotent.
        """
        ...

    async def list(self) -> tuple[RuntimeContainer, ...]:
        """All containers of this k3c, in any order."""
        ...

    async def status(self, runtime_id: str) -> RuntimeContainer:
        """A container, with its exit if it has ended. Raises NotFound."""
        ...


@dataclass(frozen=True)
class SpecEdits:
    """Changes of a container's spec that CRI cannot express.

    `joins` are runtime ids of containers by the kind of the namespace that is joined (network, pid, ipc),
    `removed_variables` names of the image's variables that the process does not get.
    """

    ulimits: tuple[Ulimit, ...] = ()
    tmpfs: tuple[Mount, ...] = ()
    shm_size: int = 0
    own_network: bool = False
    joins: dict[str, str] = field(default_factory=dict)
    hostname: str = ""
    domainname: str = ""
    pids_limit: int = 0
    removed_variables: tuple[str, ...] = ()


class RuntimeSpecs(Protocol):
    """The runtime's specs of containers that were made and not started."""

    async def edit(self, runtime_id: str, edits: SpecEdits) -> None:
        """Apply all edits to the spec of a container.

        Raises NotFound (a container whose namespace is joined does not run), Unsupported, RuntimeFailed.
        """
        ...


class ProcessSignals(Protocol):
    """Signals to the first processes of containers."""

    async def signal(self, runtime_id: str, number: int) -> None:
        """Deliver signal `number`. Raises NotFound if the process has ended or was never started."""
        ...


class ContainerPauses(Protocol):
    """Freezing all processes of a container, and thawing them."""

    async def pause(self, runtime_id: str) -> None:
        """Freeze the processes. Raises NotFound if the container does not run, Unsupported."""
        ...

    async def resume(self, runtime_id: str) -> None:
        """Thaw the processes if they are frozen.

        Raises NotFound if the container has ended or was never started, Unsupported.
        """
        ...

    async def is_paused(self, runtime_id: str) -> bool:
        """Whether the container is frozen; an unknown container is not."""
        ...

    async def list(self) -> frozenset[str]:
        """The runtime ids of all frozen containers, including those of other users of the runtime."""
        ...


class ContainerProbes(Protocol):
    """Commands that probe the health of a container."""

    async def run(self, runtime_id: str, command: tuple[str, ...], timeout: float) -> ProbeResult:
        """Run a command in a container, for at most `timeout` seconds.

        A command that cannot be run, or takes longer, has exit code -1, and `domain.health.exceeded` as output.
        Raises NotFound if the container does not run, Unavailable.
        """
        ...


class ContainerResources(Protocol):
    """The limits of running containers."""

    async def update(self, runtime_id: str, resources: Resources) -> None:
        """Set the limits that are stated, and keep the others.

        Raises NotFound, InvalidArgument, RuntimeFailed.
        """
        ...


class ContainerExits(Protocol):
    """The ends of containers, as they happen."""

    def watch(self) -> AsyncGenerator[str, None]:
        """Runtime ids of containers that end, each at least once, from the first `anext` on.

        Ids of sandboxes, and of other users' containers, may come too. An empty string marks a gap (at the
        beginning, and whenever the runtime was lost and is back): after a gap the states have to be asked for
        again.
        """
        ...

    def watch_memory(self) -> AsyncGenerator[str, None]:
        """Runtime ids of containers in which the kernel ends a process for want of memory, from the first `anext` on.

        It need not be the first process, and the container need not end. What happens while the runtime is lost
        is not given.
        """
        ...


class MissedExits(Protocol):
    """The ends of containers that the runtime misses while it is down."""

    async def find(self, runtime_ids: tuple[str, ...]) -> dict[str, ExitStatus]:
        """The exits of those of the containers that have ended, by runtime id.

        To be called while the runtime is down.

        When the runtime is up again it drops all that is known of the exits. A container that runs, that is
        unknown, or whose keeper does not answer in time is left out.
        """
        ...
