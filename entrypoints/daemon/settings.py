"""The daemon's settings: flags override the environment, which overrides the file; checked and typed.

The config file is TOML. Its keys are this module's field names; an unknown key is an error.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from domain.errors import InvalidArgument
from domain.quantities import duration

DEFAULT_CONFIG = Path("/etc/rancher/k3c/config.toml")
_LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes, and containerd adds ".ttrpc"


def unix_address(text: str) -> str:
    """Return `unix:///path` for `unix:///path` or `/path`; raises ValueError."""
    path = text.removeprefix("unix://")
    if "://" in path or not path.startswith("/"):
        raise ValueError("is not the address of a unix socket: use unix:///path")
    if len(path) > _LONGEST_SOCKET_PATH:
        raise ValueError(f"is longer than the {_LONGEST_SOCKET_PATH} characters a socket's path may have")
    return f"unix://{path}"


def _optional_address(text: str) -> str:
    return unix_address(text) if text else text


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("must be an absolute path")
    return path


def _network(text: str) -> str:
    if not text:
        return text
    network = ipaddress.ip_network(text)
    if network.version != 4 or not 8 <= network.prefixlen <= 28:
        raise ValueError("must be an IPv4 network with a prefix of 8 to 28 bits")
    return str(network)


def _interface(text: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}", text):
        raise ValueError("must be 1 to 15 letters, digits, '_', '.' or '-'")
    return text


Address = Annotated[str, AfterValidator(unix_address)]
OptionalAddress = Annotated[str, AfterValidator(_optional_address)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


def _seconds(value: object) -> float:
    try:
        return duration("duration", str(value))
    except InvalidArgument as error:
        raise ValueError(error.problem) from error


class RuntimeSettings(_Section):
    """`[runtime]`: with an address, that containerd is used; without an address, k3c runs its own containerd."""

    address: OptionalAddress = ""
    binaries: AbsolutePath | None = None
    snapshotter: Literal["", "overlayfs", "native"] = ""
    sandbox_image: str = ""
    bootstrap_image: AbsolutePath | None = None
    bootstrap_skip: bool = False
    cgroup_parent: str = "/k3c"


class BuilderSettings(_Section):
    """`[builder]`: with an address, that buildkitd is used; without an address, k3c runs its own buildkitd."""

    address: OptionalAddress = ""


class NetworkSettings(_Section):
    """`[network]`: the bridge of the containers. Without `bridge_cidr` a free range is chosen.

    `resolv_conf` names the servers that answer for names which are not containers'.
    """

    bridge_name: Annotated[str, AfterValidator(_interface)] = "k3c0"
    bridge_cidr: Annotated[str, AfterValidator(_network)] = ""
    cni_bin: AbsolutePath | None = None
    cni_netconf: AbsolutePath | None = None
    resolv_conf: AbsolutePath = Path("/etc/resolv.conf")


class ContainerSettings(_Section):
    """`[containers]`: `restart_backoff` is the time before the second restart in a row, in seconds.

    `beyond_cri` says how requests that CRI has no words for (a user for exec, tmpfs, ulimits and such) are
    served: by containerd's own API, or not at all, where the runtime speaks CRI alone.
    """

    beyond_cri: Literal["containerd", "none"] = "containerd"

    restart_backoff: Annotated[timedelta, Field(gt=timedelta(), le=timedelta(minutes=5))] = timedelta(
        seconds=10
    )


class LogSettings(_Section):
    """`[logs]`: where the output of containers is kept, in how many files of how many bytes for each container.

    `keep_after_rm` ("24h") is how long the logs of removed containers can be read by their names.
    """

    folder: AbsolutePath = Path("/var/log/pods")
    max_size: Annotated[int, Field(ge=4096)] = 16 << 20
    max_files: Annotated[int, Field(ge=1)] = 3
    keep_after_rm: Annotated[float, BeforeValidator(_seconds)] = 0.0


class RegistrySettings(_Section):
    """`[registry]`: registries that are used by plain http, and containerd's hosts folder.

    Registries at loopback addresses are always used by plain http.
    """

    plain_http: tuple[str, ...] = ()
    hosts_folder: AbsolutePath | None = None


class Settings(_Section):
    """All settings. `group` may enter the socket's folder and use the socket."""

    address: Address = "unix:///run/k3c/k3c.sock"
    root: AbsolutePath = Path("/var/lib/rancher/k3c")
    state: AbsolutePath = Path("/run/k3c")
    group: str = "root"
    socket_uid: Annotated[int, Field(ge=0)] = 0
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    runtime: RuntimeSettings = RuntimeSettings()
    builder: BuilderSettings = BuilderSettings()
    network: NetworkSettings = NetworkSettings()
    containers: ContainerSettings = ContainerSettings()
    logs: LogSettings = LogSettings()
    registry: RegistrySettings = RegistrySettings()

    @property
    def socket(self) -> Path:
        """The path of the daemon's socket."""
        return Path(self.address.removeprefix("unix://"))


def load(file: Path | None, overrides: dict[str, Any]) -> Settings:
    """Read the config file and apply the overrides.

    `file` None means the default file, which may be missing. `overrides` maps dotted keys
    (`network.bridge_name`) to values. Raises InvalidArgument, naming the key at fault.
    """
    values = _read(file or DEFAULT_CONFIG, required=file is not None)
    for key, value in overrides.items():
        _put(values, key, value)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise _first_problem(error) from error


def _read(file: Path, *, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except FileNotFoundError as error:
        if not required:
            return {}
        raise InvalidArgument("config file", str(file), "there is no such file") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidArgument("config file", str(file), str(error)) from error


def _put(values: dict[str, Any], key: str, value: object) -> None:
    *sections, name = key.split(".")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise InvalidArgument("setting", section, "must be a table")
    values[name] = value


def _first_problem(error: ValidationError) -> InvalidArgument:
    problem = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return InvalidArgument("setting", key, "there is no such setting")
    message = problem["msg"].removeprefix("Value error, ")
    return InvalidArgument("setting", key, f"{message[:1].lower()}{message[1:]}, not {problem['input']!r}")
