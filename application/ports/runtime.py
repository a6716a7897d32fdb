"""The container runtime: sandboxes, containers in them, and how they end."""

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
    """A pod of one. `key` is the k3c id; with `attempt` it names the pod, so a repeat finds the same one.

    An empty `dns` leaves the host's resolv.conf. Of `isolation` it takes pid, ipc, sysctls, cgroup parent and
    runtime; namespaces of other containers are not its matter.
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
    """A container in a sandbox. `image_id` is the runtime's id of an image that is here."""

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
    """A sandbox of ours: `key` is the k3c id it was made for; `address` its IP, "" if none."""

    id: str
    key: str
    attempt: int
    ready: bool


@dataclass(frozen=True)
class ProbeResult:
    """How a probe ended, and what it wrote to both streams, cut to `domain.health.LONGEST_OUTPUT` bytes."""

    exit_code: int
    output: str


class SandboxRuntime(Protocol):
    """Pods. Only those of this k3c (by its instance label) are ever seen or touched."""

    async def run(self, request: SandboxRequest) -> str:
        """Make and start a sandbox, return its id.

        All or nothing: on failure or cancellation what was made is taken away. Raises PortInUse,
        RuntimeFailed, Unavailable.
        """
        ...

    async def stop(self, sandbox_id: str) -> None:
        """Kill what runs in it and give its network back; logs and root filesystem stay. Idempotent."""
        ...

    async def remove(self, sandbox_id: str) -> None:
        """Take it and its containers away, running or not. Idempotent."""
        ...

    async def list(self) -> tuple[SandboxState, ...]:
        """All sandboxes of this k3c, in any order."""
        ...

    async def address(self, sandbox_id: str) -> str:
        """The sandbox's IP address, "" when it has none. Raises NotFound."""
        ...


class ContainerRuntime(Protocol):
    """Containers within sandboxes, by the runtime's own ids."""

    async def create(self, request: ContainerRequest) -> str:
        """Make a container, return its runtime id. Raises NotFound (image), RuntimeFailed, Unsupported."""
        ...

    async def start(self, runtime_id: str) -> None:
        """Start it. Raises CommandNotFound, CommandNotExecutable, RuntimeFailed, NotFound."""
        ...

    async def stop(self, runtime_id: str, timeout: int) -> None:
        """Send the stop signal, after `timeout` seconds SIGKILL; returns when it has ended. Idempotent."""
        ...

    async def list(self) -> tuple[RuntimeContainer, ...]:
        """All containers of this k3c, in any order."""
        ...

    async def status(self, runtime_id: str) -> RuntimeContainer:
        """One container, with its exit if it has ended. Raises NotFound."""
        ...


@dataclass(frozen=True)
class SpecEdits:
    """What CRI has no words for. `joins` are runtime ids by kind of namespace (network, pid, ipc)."""

    ulimits: tuple[Ulimit, ...] = ()
    tmpfs: tuple[Mount, ...] = ()
    shm_size: int = 0
    own_network: bool = False
    joins: dict[str, str] = field(default_factory=dict)
    hostname: str = ""


class RuntimeSpecs(Protocol):
    """What a container that was made and not started is run as."""

    async def edit(self, runtime_id: str, edits: SpecEdits) -> None:
        """Apply all of them. Raises NotFound (a container to join does not run), Unsupported, RuntimeFailed."""
        ...


class ProcessSignals(Protocol):
    """Signals to a container's first process."""

    async def signal(self, runtime_id: str, number: int) -> None:
        """Deliver signal `number`. Raises NotFound when the process has ended or never was."""
        ...


class ContainerPauses(Protocol):
    """Freezing all processes of a container, and letting them go on."""

    async def pause(self, runtime_id: str) -> None:
        """Freeze it. Raises NotFound when it does not run, Unsupported."""
        ...

    async def resume(self, runtime_id: str) -> None:
        """Let it go on, if it is frozen. Raises NotFound when it has ended or never was, Unsupported."""
        ...

    async def is_paused(self, runtime_id: str) -> bool:
        """Whether it is frozen; one that is unknown is not."""
        ...

    async def list(self) -> frozenset[str]:
        """Runtime ids of all that are frozen, others' containers too."""
        ...


class ContainerProbes(Protocol):
    """Commands that are run in a container to see how it is."""

    async def run(self, runtime_id: str, command: tuple[str, ...], timeout: float) -> ProbeResult:
        """Run it for `timeout` seconds at most; what cannot be run, or takes longer, has exit code -1.

        Raises NotFound when the container does not run.
        """
        ...


class ContainerResources(Protocol):
    """Limits of a container that runs."""

    async def update(self, runtime_id: str, resources: Resources) -> None:
        """Set those that are stated, keep the others. Raises NotFound, InvalidArgument, RuntimeFailed."""
        ...


class ContainerExits(Protocol):
    """The ends of containers, as they happen."""

    def watch(self) -> AsyncGenerator[str, None]:
        """Runtime ids of containers that end, each at least once, from the first `anext` on.

        Ids of others' containers and of sandboxes may come too. An empty string says that the stream
        had a gap (at its start, and whenever the runtime was lost and found): ask for the states anew.
        """
        ...


class MissedExits(Protocol):
    """The ends of containers that the runtime misses while it is down."""

    async def find(self, runtime_ids: tuple[str, ...]) -> dict[str, ExitStatus]:
        """How those of the containers ended that did, by runtime id. To be asked while the runtime is down.

        Once it is up again it lets go of all that is known of them. Nothing is told of one that lives,
        and of one that is unknown or whose keeper does not answer in time.
        """
        ...
