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
without losing anything. Sentences and exit codes are made by the CLI alone.
"""

from __future__ import annotations

from dataclasses import dataclass


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
    problem: str


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
    problem: str


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
class CommandNotExecutable(K3cError):
    """The program to run is there and cannot be executed."""

    command: str
    problem: str


@dataclass(eq=False)
class Unavailable(K3cError):
    """A service does not answer at `address`."""

    service: str
    address: str
    problem: str


@dataclass(eq=False)
class Unauthenticated(K3cError):
    """A registry does not accept the credentials, or wants some."""

    registry: str


@dataclass(eq=False)
class PermissionDenied(K3cError):
    """The caller may not use `what`; `group` is the unix group that may, "" where there is none."""

    what: str
    group: str


@dataclass(eq=False)
class Unsupported(K3cError):
    """`where` cannot do `what`."""

    what: str
    where: str


@dataclass(eq=False)
class NotHealthy(K3cError):
    """A container that was waited for ended, or became unhealthy; `output` is its last probe's."""

    container: str
    problem: str
    output: str


@dataclass(eq=False)
class BuildFailed(K3cError):
    """A build failed; `location` is `file:line` and `excerpt` the lines around it, both may be ""."""

    problem: str
    location: str
    excerpt: str


@dataclass(eq=False)
class RuntimeFailed(K3cError):
    """A runtime failed, in its own words."""

    service: str
    problem: str
