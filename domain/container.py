"""Containers: their states, and how a user's words find one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TypeVar

from domain.errors import AmbiguousReference, Conflict, InUse, InvalidArgument, NotFound
from domain.health import Health
from domain.names import SHORT_ID, is_id
from domain.network import PortBinding
from domain.restart import Restarts
from domain.spec import ContainerSpec, Process


class ContainerState(StrEnum):
    """docker's states, as far as a container of k3c has them."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    EXITED = "exited"

    @property
    def is_up(self) -> bool:
        """Whether it has processes, or will have them again without being asked."""
        return self in {ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING}

    def may_become(self, other: ContainerState) -> bool:
        """Whether a container in this state can come to the other in one step."""
        return other in _TRANSITIONS[self]


_TRANSITIONS = {
    ContainerState.CREATED: {ContainerState.RUNNING},
    ContainerState.RUNNING: {ContainerState.PAUSED, ContainerState.RESTARTING, ContainerState.EXITED},
    ContainerState.PAUSED: {ContainerState.RUNNING, ContainerState.RESTARTING, ContainerState.EXITED},
    ContainerState.RESTARTING: {ContainerState.RUNNING, ContainerState.EXITED},
    ContainerState.EXITED: {ContainerState.RUNNING, ContainerState.RESTARTING},
}


@dataclass(frozen=True)
class ExitStatus:
    """How a container's process ended: 0 to 255, 128+n for signal n."""

    code: int
    finished_at: datetime
    reason: str = ""

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel killed it for want of memory."""
        return self.reason == "OOMKilled"

    @property
    def missed(self) -> bool:
        """Whether the runtime was not there to see it: then neither code nor time are the true ones."""
        return self.reason == "Unknown"


@dataclass(frozen=True)
class Attempt:
    """One run of a container in the runtime: a sandbox with one container in it.

    `number` counts from 1. `runtime_id` is "" until the runtime has made the container; `log_path` is the CRI
    log file. `ports` are the bindings with their host ports decided. `ended` says that the end of the attempt
    was handled. `exit` is kept only of an end that the runtime missed.
    """

    number: int
    sandbox_id: str = ""
    runtime_id: str = ""
    log_path: str = ""
    ports: tuple[PortBinding, ...] = ()
    ended: bool = False
    exit: ExitStatus | None = None


@dataclass(frozen=True)
class ContainerRecord:
    """What the store keeps of a container; its state is asked of the runtime."""

    id: str
    name: str
    spec: ContainerSpec
    process: Process
    image_id: str
    created_at: datetime
    attempt: Attempt | None = None
    stopped_by_user: bool = False
    restarts: Restarts = field(default_factory=Restarts)

    @property
    def log_paths(self) -> tuple[str, ...]:
        """The CRI log files of all attempts, the first attempt's first; some of them may not exist."""
        if self.attempt is None or not self.attempt.log_path:
            return ()
        last = PurePosixPath(self.attempt.log_path)
        return tuple(str(last.with_name(f"{number}.log")) for number in range(1, self.attempt.number + 1))

    @property
    def attempt_number(self) -> int:
        """The number of the current attempt, 0 before the first."""
        return self.attempt.number if self.attempt else 0

    @property
    def sandbox_id(self) -> str:
        """The sandbox of the current attempt, "" if there is none."""
        return self.attempt.sandbox_id if self.attempt else ""

    @property
    def runtime_id(self) -> str:
        """The id of the current attempt in the runtime, "" if the runtime has not made it."""
        return self.attempt.runtime_id if self.attempt else ""

    @property
    def ports_in_use(self) -> tuple[PortBinding, ...]:
        """The bindings of the current attempt, with their host ports decided."""
        return self.attempt.ports if self.attempt else ()

    def next_attempt(self) -> Attempt:
        """The attempt that a start makes: numbers are never used twice."""
        return Attempt(self.attempt_number + 1)

    def with_attempt(self, attempt: Attempt | None) -> ContainerRecord:
        """The same container with another attempt."""
        return replace(self, attempt=attempt)


@dataclass(frozen=True)
class RuntimeContainer:
    """What the runtime says of one attempt now; `exit` is set when state is EXITED."""

    runtime_id: str
    sandbox_id: str
    state: ContainerState
    started_at: datetime | None = None
    exit: ExitStatus | None = None
    message: str = ""


@dataclass(frozen=True)
class Container:
    """A container as a user sees it: the record, joined with what the runtime says."""

    record: ContainerRecord
    state: ContainerState
    started_at: datetime | None = None
    exit: ExitStatus | None = None
    health: Health | None = None

    @classmethod
    def join(
        cls,
        record: ContainerRecord,
        runtime: RuntimeContainer | None,
        *,
        paused: bool = False,
        health: Health | None = None,
    ) -> Container:
        """Put the two kinds of truth together; a record the runtime does not know was never started."""
        state = ContainerState.CREATED if runtime is None else runtime.state
        if paused and state is ContainerState.RUNNING:
            state = ContainerState.PAUSED
        if record.restarts.next_at is not None and state is not ContainerState.RUNNING:
            state = ContainerState.RESTARTING
        if runtime is None:
            return cls(record, state)
        return cls(record, state, runtime.started_at, runtime.exit, health)

    @property
    def published(self) -> tuple[PortBinding, ...]:
        """The ports it holds now."""
        return self.record.ports_in_use if self.has_process else ()

    @property
    def has_process(self) -> bool:
        """Whether there is a process to be stopped or signalled now."""
        return self.state in {ContainerState.RUNNING, ContainerState.PAUSED}

    @property
    def active_attempt(self) -> Attempt | None:
        """The attempt that has processes now, running or paused; None if there are no processes."""
        return self.record.attempt if self.has_process else None

    def running_attempt(self, *, or_paused: bool = False) -> Attempt:
        """The attempt of a container that runs. Raises Conflict if it does not, or is paused without `or_paused`."""
        if not or_paused:
            self.check_running()
        if (attempt := self.active_attempt) is None:
            raise Conflict("container", self.record.name, "not-running")
        return attempt

    def check_startable(self) -> None:
        """Raise Conflict if it is paused."""
        if self.state is ContainerState.PAUSED:
            raise Conflict("container", self.record.name, "paused-not-stopped")

    def check_running(self) -> None:
        """Raise Conflict if it does not run, or is paused."""
        if self.state is ContainerState.PAUSED:
            raise Conflict("container", self.record.name, "paused")
        if self.state is not ContainerState.RUNNING:
            raise Conflict("container", self.record.name, "not-running")

    def check_paused(self) -> None:
        """Raise Conflict if it is not paused."""
        if self.state is not ContainerState.PAUSED:
            raise Conflict("container", self.record.name, "not-paused")

    def check_removable(self, *, force: bool) -> None:
        """Raise Conflict if it is up and force was not given."""
        if self.state.is_up and not force:
            raise Conflict("container", self.record.name, "up", str(self.state))


_Thing = TypeVar("_Thing")


def find(
    kind: str,
    reference: str,
    things: Iterable[_Thing],
    *,
    thing_id: Callable[[_Thing], str],
    thing_name: Callable[[_Thing], str],
) -> _Thing:
    """Look a thing up as every verb does: full id, then exact name, then unique id prefix.

    Raises InvalidArgument for an empty reference, AmbiguousReference, NotFound.
    """
    if not reference:
        raise InvalidArgument(kind, reference, "empty")
    candidates = list(things)
    for key in (thing_id, thing_name):
        for thing in candidates:
            if key(thing) == reference:
                return thing
    matches = (
        [] if is_id(reference) else [thing for thing in candidates if thing_id(thing).startswith(reference)]
    )
    if len(matches) > 1:
        raise AmbiguousReference(
            kind, reference, ", ".join(sorted(thing_id(thing)[:SHORT_ID] for thing in matches))
        )
    if not matches:
        raise NotFound(kind, reference)
    return matches[0]


def find_container(reference: str, records: Iterable[ContainerRecord]) -> ContainerRecord:
    """`find` for containers."""
    return find(
        "container",
        reference,
        records,
        thing_id=lambda record: record.id,
        thing_name=lambda record: record.name,
    )


def check_unused(kind: str, reference: str, users: Iterable[ContainerRecord]) -> None:
    """Raise InUse with the first container that uses the thing."""
    for user in users:
        raise InUse(kind, reference, user.name)
