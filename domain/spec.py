"""What a user asks of a container, as it is stored: everything a fresh attempt is made from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.confinement import Isolation, Security
from domain.errors import InvalidArgument
from domain.health import Healthcheck
from domain.image import ImageConfig
from domain.network import PortBinding, parse_publish
from domain.signals import signal_number
from domain.volume import Mount

DEFAULT_STOP_TIMEOUT = 10
_TERM = "TERM=xterm"  # of a process that has a terminal and is not told another


class RestartMode(StrEnum):
    """When a container that ended is started again."""

    NO = "no"
    ALWAYS = "always"
    UNLESS_STOPPED = "unless-stopped"
    ON_FAILURE = "on-failure"


@dataclass(frozen=True)
class RestartPolicy:
    """`max_retries` counts restarts in a row and is of on-failure only; 0 means no limit."""

    mode: RestartMode = RestartMode.NO
    max_retries: int = 0

    @classmethod
    def parse(cls, text: str) -> RestartPolicy:
        """Read `no`, `always`, `unless-stopped` or `on-failure[:n]`; raises InvalidArgument."""
        name, colon, retries = text.partition(":")
        if name not in set(RestartMode):
            raise InvalidArgument("restart policy", text, "not-one-of", ", ".join(RestartMode))
        mode = RestartMode(name)
        if not colon:
            return cls(mode)
        if mode is not RestartMode.ON_FAILURE:
            raise InvalidArgument("restart policy", text, "retries-without-on-failure")
        if not re.fullmatch(r"[0-9]{1,9}", retries):
            raise InvalidArgument("restart policy", text, "retries-form")
        return cls(mode, int(retries))

    def wants_restart(self, exit_code: int, restarts: int, *, stopped_by_user: bool) -> bool:
        """Whether a container that ended with `exit_code` after `restarts` restarts in a row starts again."""
        if self.mode is RestartMode.NO or stopped_by_user:
            return False
        if self.mode is RestartMode.ON_FAILURE:
            return exit_code != 0 and (self.max_retries == 0 or restarts < self.max_retries)
        return True

    def wants_start_with_daemon(self, *, stopped_by_user: bool) -> bool:
        """Whether a container that does not run is started when the daemon is."""
        if self.mode is RestartMode.UNLESS_STOPPED:
            return not stopped_by_user
        return self.mode is RestartMode.ALWAYS

    def __str__(self) -> str:
        return f"{self.mode}:{self.max_retries}" if self.max_retries else str(self.mode)


_CPUSET = re.compile(r"[0-9]{1,6}(-[0-9]{1,6})?(,[0-9]{1,6}(-[0-9]{1,6})?)*")
LEAST_MEMORY = 6 << 20
"""Bytes below which a container is not started, as docker has it: runc itself needs about as much."""


@dataclass(frozen=True)
class Resources:
    """Limits; 0, "" and None are not stated.

    `cpu_quota` and `cpu_period` are in microseconds, `memory` and `memory_swap` (both together, -1
    for no limit) in bytes, the cpusets in the kernel's list format (`0-2,4`).
    """

    cpu_shares: int = 0
    cpu_quota: int = 0
    cpu_period: int = 0
    cpuset_cpus: str = ""
    cpuset_mems: str = ""
    memory: int = 0
    memory_swap: int = 0
    oom_score_adj: int | None = None

    def check(self) -> None:
        """Raise InvalidArgument for a limit that no container could start with."""
        if 0 < self.memory < LEAST_MEMORY:
            raise InvalidArgument("memory", str(self.memory), "memory-too-small")
        if self.memory_swap > 0:
            self._check_swap()
        for what, value, allowed, said in (
            ("cpu shares", self.cpu_shares, range(2, 262_144 + 1), "2 to 262144"),
            ("cpu period", self.cpu_period, range(1_000, 1_000_000 + 1), "1000 to 1000000"),
            ("cpu quota", self.cpu_quota, range(1_000, 1 << 63), "1000 up, or -1 for no limit"),
        ):
            unlimited = what == "cpu quota" and value == -1
            if value and value not in allowed and not unlimited:
                raise InvalidArgument(what, str(value), "out-of-range", said)
        for cpuset in (self.cpuset_cpus, self.cpuset_mems):
            if cpuset and not _CPUSET.fullmatch(cpuset):
                raise InvalidArgument("cpuset", cpuset, "cpuset-form")

    def _check_swap(self) -> None:
        if not self.memory:
            raise InvalidArgument("memory swap", str(self.memory_swap), "swap-without-memory")
        if self.memory_swap < self.memory:
            raise InvalidArgument("memory swap", str(self.memory_swap), "swap-below-memory", str(self.memory))

    def with_defaults(self, defaults: Resources) -> Resources:
        """These limits, with those that are not stated taken from `defaults`."""
        unstated = vars(Resources())
        stated = {name: value for name, value in vars(self).items() if value != unstated[name]}
        return replace(defaults, **stated)


@dataclass(frozen=True)
class ContainerSpec:
    """The whole request of `run` or `create`.

    `entrypoint` None keeps the image's, `()` clears it. `environment` holds `NAME=value`, or the NAME of one of the
    image's that is to be removed, later entries winning. `publish_all` publishes what the image exposes, too.
    `user` is `name|uid[:group|gid]`. `stdin_once` ends the process's input with that of the first client who
    attaches; `init` has k3c's init run the process. `volumes_from` names containers (`NAME[:ro]`) whose mounts are
    taken over; `platform` is what the image must be for, "" for any.
    """

    image: str
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    environment: tuple[str, ...] = ()
    working_dir: str = ""
    user: str = ""
    hostname: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    ports: tuple[PortBinding, ...] = ()
    publish_all: bool = False
    restart: RestartPolicy = field(default_factory=RestartPolicy)
    auto_remove: bool = False
    stop_signal: str = ""
    stop_timeout: int = DEFAULT_STOP_TIMEOUT
    healthcheck: Healthcheck = field(default_factory=Healthcheck)
    resources: Resources = field(default_factory=Resources)
    tty: bool = False
    stdin: bool = False
    stdin_once: bool = False
    init: bool = False
    security: Security = field(default_factory=Security)
    isolation: Isolation = field(default_factory=Isolation)
    volumes_from: tuple[str, ...] = ()
    platform: str = ""

    def check_lifecycle(self) -> None:
        """Raise InvalidArgument for what no container could live with: signals, checks, limits, policies."""
        self.healthcheck.check()
        self.resources.check()
        self.isolation.check(publishes=bool(self.ports), has_hostname=bool(self.hostname))
        if self.stop_signal:
            signal_number(self.stop_signal)
        if self.auto_remove and self.restart.mode is not RestartMode.NO:
            raise InvalidArgument("restart policy", str(self.restart), "restart-of-removed")

    @property
    def removed_variables(self) -> tuple[str, ...]:
        """The names of variables that the process is not to have."""
        return tuple(entry for entry in merge_entries(self.environment) if "=" not in entry)

    def ends_with(self, number: int) -> bool:
        """Whether a user who sends this signal wants the container to end: SIGKILL, or its stop signal."""
        return number in {signal_number("KILL"), signal_number(self.stop_signal or "TERM")}

    def published(self, config: ImageConfig) -> tuple[PortBinding, ...]:
        """The ports to publish, those that the image exposes included if that was asked for."""
        if not self.publish_all or not self.isolation.has_pod_network:
            return self.ports
        named = {(port.container_port, port.protocol) for port in self.ports}
        exposed = (port for text in config.exposed_ports for port in parse_publish(text))
        return self.ports + tuple(
            port for port in exposed if (port.container_port, port.protocol) not in named
        )

    def process(self, config: ImageConfig) -> Process:
        """Join the request with what the image says; raises InvalidArgument if nothing is left to run.

        As docker does: an entrypoint of the user's also drops the image's command.
        """
        entrypoint = config.entrypoint if self.entrypoint is None else self.entrypoint
        command = self.command or (config.command if self.entrypoint is None else ())
        if not (*entrypoint, *command):
            raise InvalidArgument("image", self.image, "no-command")
        return Process(
            arguments=(*entrypoint, *command),
            environment=merge_environment(config.environment, (_TERM,) if self.tty else (), self.environment),
            working_dir=self.working_dir or config.working_dir or "/",
            user=self.user or config.user,
        )


@dataclass(frozen=True)
class Process:
    """What is executed in a container."""

    arguments: tuple[str, ...]
    environment: tuple[str, ...]
    working_dir: str
    user: str

    @property
    def command_line(self) -> str:
        """The arguments as one line, as `ps` shows them."""
        return " ".join(self.arguments)


def merge_environment(*layers: tuple[str, ...]) -> tuple[str, ...]:
    """Join layers of `NAME=value`: a later value replaces an earlier one in its place, a NAME alone removes it."""
    return tuple(entry for entry in merge_entries(*layers) if "=" in entry)


def merge_entries(*layers: tuple[str, ...]) -> tuple[str, ...]:
    """Join layers as `merge_environment`, but keep names that are to be removed from what lies below."""
    return tuple({entry.partition("=")[0]: entry for layer in layers for entry in layer}.values())


def check_environment(entry: str) -> str:
    """Return an entry: `NAME=value`, or the NAME of one that is to be removed; raises InvalidArgument."""
    name = entry.partition("=")[0]
    if not name or "\0" in entry:
        raise InvalidArgument("environment variable", name, "not-name-value")
    return entry


@dataclass(frozen=True)
class SpecChange:
    """What `update` changes; what is None or empty stays.

    `ports` replace all that were published, `environment` and `labels` are added or replaced by name.
    """

    resources: Resources = field(default_factory=Resources)
    restart: RestartPolicy | None = None
    environment: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    ports: tuple[PortBinding, ...] = ()

    @property
    def needs_new_attempt(self) -> bool:
        """Whether a container that runs has to be replaced for it."""
        return bool(self.environment or self.labels or self.ports)

    def of_spec(self, spec: ContainerSpec) -> ContainerSpec:
        """The spec as changed."""
        return replace(
            spec,
            resources=self.resources.with_defaults(spec.resources),
            restart=self.restart or spec.restart,
            environment=merge_entries(spec.environment, self.environment),
            labels=spec.labels | self.labels,
            ports=self.ports or spec.ports,
        )

    def of_process(self, process: Process) -> Process:
        """The process as changed."""
        return replace(process, environment=merge_environment(process.environment, self.environment))
