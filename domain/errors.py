"""What can go wrong, by kind. None is a special case of another: who catches one means that one.

    K3cError
    ├── InvalidArgument          a value the user gave cannot be read
    ├── AmbiguousReference       a prefix that several things share
    ├── MountSourceMissing       a bind mount of a path that is not there
    ├── NotFound                 nothing has this name or id
    ├── AlreadyExists            the name is taken
    ├── Conflict                 the thing is in a state, or in use, that forbids it
    ├── PortInUse                a host port is held by a container or a process
    ├── InUse                    a container uses it
    ├── NoWorkingDirectory       the folder to run it in does not exist (exit code 127)
    ├── CommandNotFound          the container's program does not exist (exit code 127)
    ├── CommandNotExecutable     it exists and cannot be run (exit code 126)
    ├── Unavailable              a service does not answer
    ├── Unauthenticated          a registry wants other credentials
    ├── PermissionDenied         only root, or a group, may do that
    ├── Unsupported              this runtime cannot do that
    ├── NotHealthy               a container did not come to be healthy
    ├── BuildFailed              the build itself failed
    └── RuntimeFailed            a runtime failed in a way it has no kind for

Errors carry what they are about as fields, all of them strings, so that an error crosses the wire
without losing anything. A `problem` is one of the codes in `domain.problems`, and `detail` what it is about:
the values that are allowed, another thing's name, a number, or the words of another program. Sentences and
exit codes are made by the CLI alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.problems import (
    AccessProblem,
    ArgumentProblem,
    BuildProblem,
    CommandProblem,
    Feature,
    HealthProblem,
    RuntimeProblem,
    ServiceProblem,
    StateProblem,
)


@dataclass(eq=False)
class K3cError(Exception):
    """The root of everything k3c raises on purpose."""

    def __post_init__(self) -> None:
        # Exception's own arguments, so that an error can be pickled, logged and compared in tests.
        super().__init__(*self.fields().values())

    def fields(self) -> dict[str, str]:
        """The error's fields by name, in order of definition."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __str__(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.fields().items())


@dataclass(eq=False)
class InvalidArgument(K3cError):
    """`value` cannot be used as `what`: `problem` says why."""

    what: str
    value: str
    problem: ArgumentProblem
    detail: str = ""


@dataclass(eq=False)
class AmbiguousReference(K3cError):
    """Several things of a kind share the prefix; `matches` is a comma separated list of them."""

    kind: str
    reference: str
    matches: str


@dataclass(eq=False)
class MountSourceMissing(K3cError):
    """A bind mount names a path that is not on this machine."""

    path: str


@dataclass(eq=False)
class NotFound(K3cError):
    """No thing of this kind has this name or id."""

    kind: str
    reference: str


@dataclass(eq=False)
class AlreadyExists(K3cError):
    """The name is held by `holder`, the id of another thing of this kind."""

    kind: str
    name: str
    holder: str


@dataclass(eq=False)
class Conflict(K3cError):
    """A thing's state forbids what was asked of it."""

    kind: str
    reference: str
    problem: StateProblem
    detail: str = ""


@dataclass(eq=False)
class PortInUse(K3cError):
    """`address` (`127.0.0.1:8080/tcp`) is held by a container's name, or by a process, or unknown ("")."""

    address: str
    container: str
    process: str


@dataclass(eq=False)
class InUse(K3cError):
    """The thing cannot be removed while `user` (a container's name) uses it."""

    kind: str
    reference: str
    user: str


@dataclass(eq=False)
class CommandNotFound(K3cError):
    """The program to run is not in the container."""

    command: str


@dataclass(eq=False)
class NoWorkingDirectory(K3cError):
    """The folder in which a program is to run is not in the container."""

    folder: str


@dataclass(eq=False)
class CommandNotExecutable(K3cError):
    """The program to run is there and cannot be executed."""

    command: str
    problem: CommandProblem


@dataclass(eq=False)
class Unavailable(K3cError):
    """A service does not answer at `address`, which is "" where it has none."""

    service: str
    address: str
    problem: ServiceProblem
    detail: str = ""


@dataclass(eq=False)
class Unauthenticated(K3cError):
    """A registry does not accept the credentials or wants some (401), or forbids what they ask for (403)."""

    registry: str
    problem: AccessProblem


@dataclass(eq=False)
class PermissionDenied(K3cError):
    """The caller may not use `what`; `group` is the unix group that may, "" where there is none."""

    what: str
    group: str


@dataclass(eq=False)
class Unsupported(K3cError):
    """`where` lacks a feature."""

    feature: Feature
    where: str
    detail: str = ""


@dataclass(eq=False)
class NotHealthy(K3cError):
    """A container that was waited for ended, or became unhealthy; `output` is its last probe's."""

    container: str
    problem: HealthProblem
    output: str
    detail: str = ""


@dataclass(eq=False)
class BuildFailed(K3cError):
    """A build failed; `location` is `file:line` and `excerpt` the lines around it, both may be "".

    Where a file of the context could not be sent, it is the location.
    """

    problem: BuildProblem
    location: str
    excerpt: str
    detail: str = ""


@dataclass(eq=False)
class RuntimeFailed(K3cError):
    """A runtime failed, mostly in its own words, which are then the `detail`."""

    service: str
    problem: RuntimeProblem
    detail: str = ""
