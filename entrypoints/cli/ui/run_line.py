"""From a stored spec back to the `k3c run` line that makes the same container."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterable, Iterator, Mapping

from domain.health import Healthcheck
from domain.network import PortBinding
from domain.spec import DEFAULT_STOP_TIMEOUT, ContainerSpec, RestartMode
from domain.volume import Mount, MountKind

_MOUNT_KEYS = ("size", "mode")  # what --mount has a word for; --tmpfs takes all


def run_line(spec: ContainerSpec, name: str) -> str:
    """A line for a shell."""
    entrypoint = spec.entrypoint or ()
    words = ["k3c", "run", "--name", name, *_flags(spec), spec.image, *entrypoint[1:], *spec.command]
    return shlex.join(words)


def _flags(spec: ContainerSpec) -> list[str]:
    resources, security, isolation = spec.resources, spec.security, spec.isolation
    values: tuple[tuple[str, object], ...] = (
        ("--env", spec.environment),
        ("--label", _pairs(spec.labels)),
        ("--publish", map(_publish, spec.ports)),
        ("--mount", [_mount(mount) for mount in spec.mounts if not _is_plain_tmpfs(mount)]),
        ("--tmpfs", [_tmpfs(mount) for mount in spec.mounts if _is_plain_tmpfs(mount)]),
        ("--workdir", spec.working_dir),
        ("--user", spec.user),
        ("--hostname", spec.hostname),
        ("--entrypoint", spec.entrypoint[0] if spec.entrypoint else ""),
        ("--restart", str(spec.restart) if spec.restart.mode is not RestartMode.NO else ""),
        ("--stop-signal", spec.stop_signal),
        ("--stop-timeout", "" if spec.stop_timeout == DEFAULT_STOP_TIMEOUT else str(spec.stop_timeout)),
        ("--cpu-shares", resources.cpu_shares),
        ("--cpu-quota", resources.cpu_quota),
        ("--cpu-period", resources.cpu_period),
        ("--cpuset-cpus", resources.cpuset_cpus),
        ("--cpuset-mems", resources.cpuset_mems),
        ("--memory", resources.memory),
        ("--memory-swap", resources.memory_swap),
        ("--oom-score-adj", "" if resources.oom_score_adj is None else str(resources.oom_score_adj)),
        ("--cap-add", security.cap_add),
        ("--cap-drop", security.cap_drop),
        ("--group-add", security.groups),
        ("--device", [f"{one.source}:{one.target}:{one.permissions}" for one in security.devices]),
        ("--security-opt", ["no-new-privileges"] if security.no_new_privileges else []),
        ("--security-opt", [f"seccomp={security.seccomp}"] if security.seccomp else []),
        ("--security-opt", [f"apparmor={security.apparmor}"] if security.apparmor else []),
        ("--network", isolation.network),
        ("--pid", isolation.pid),
        ("--ipc", isolation.ipc),
        ("--dns", isolation.dns.servers),
        ("--dns-search", isolation.dns.searches),
        ("--dns-option", isolation.dns.options),
        ("--add-host", isolation.extra_hosts),
        ("--sysctl", _pairs(isolation.sysctls)),
        ("--ulimit", [f"{one.name}={one.soft}:{one.hard}" for one in isolation.ulimits]),
        ("--shm-size", isolation.shm_size),
        ("--domainname", isolation.domainname),
        ("--pids-limit", isolation.pids_limit),
        ("--cgroup-parent", isolation.cgroup_parent),
        ("--runtime", isolation.runtime),
        ("--annotation", _pairs(isolation.annotations)),
        ("--platform", spec.platform),
    )
    switches = (
        ("--rm", spec.auto_remove),
        ("--publish-all", spec.publish_all),
        ("--interactive", spec.stdin),
        ("--detach", spec.stdin and not spec.stdin_once),
        ("--tty", spec.tty),
        ("--init", spec.init),
        ("--privileged", security.privileged),
        ("--read-only", security.read_only),
    )
    emptied = ["--entrypoint="] if spec.entrypoint == () else []
    given = [word for flag, value in values for word in _words(flag, value)]
    return [*(flag for flag, on in switches if on), *given, *emptied, *_health(spec.healthcheck)]


def _words(flag: str, value: object) -> Iterator[str]:
    if isinstance(value, str | int):
        if value:
            yield f"{flag}={value}"
    elif isinstance(value, Iterable):
        yield from (f"{flag}={one}" for one in value)


def _pairs(values: Mapping[str, str]) -> list[str]:
    """`key=value`, in an order of its own: on the wire a map has none, and each process reads it in another."""
    return [f"{key}={value}" for key, value in sorted(values.items())]


def _publish(port: PortBinding) -> str:
    host = f"{port.host_port}-{port.host_last}" if port.host_last else str(port.host_port or "")
    address = f"[{port.host_address}]" if ":" in port.host_address else port.host_address
    return f"{address}:{host}:{port.container_port}/{port.protocol}"


def _is_plain_tmpfs(mount: Mount) -> bool:
    """Whether it is as `--tmpfs` makes them, which alone takes all options, and keeps their order."""
    return mount.kind is MountKind.TMPFS and not mount.read_only and ":" not in mount.target


def _tmpfs(mount: Mount) -> str:
    return f"{mount.target}:{mount.options}" if mount.options else mount.target


def _mount(mount: Mount) -> str:
    parts = [f"type={mount.kind}", f"target={mount.target}"]
    if mount.source and not mount.is_anonymous:
        parts.append(f"source={mount.source}")
    if mount.read_only:
        parts.append("readonly")
    if mount.propagation:
        parts.append(f"bind-propagation={mount.propagation}")
    if mount.kind is MountKind.VOLUME and not mount.copy:
        parts.append("volume-nocopy")
    options = (option for option in mount.options.split(",") if option.partition("=")[0] in _MOUNT_KEYS)
    parts += [f"tmpfs-{option}" for option in options]
    return _as_csv(parts)


def _as_csv(parts: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(parts)
    return line.getvalue()


def _seconds(value: float) -> str:
    """A number of seconds to the nanosecond, without an exponent."""
    return f"{value:.9f}".rstrip("0").rstrip(".") + "s"


def _health(check: Healthcheck) -> list[str]:
    if check.test == ("NONE",):
        return ["--no-healthcheck"]
    words = []
    if check.test:
        command = check.test[1] if check.test[0] == "CMD-SHELL" else shlex.join(check.test[1:])
        words.append(f"--health-cmd={command}")
    words += [
        f"--health-{flag.replace('_', '-')}={_seconds(value)}"
        for flag in ("interval", "timeout", "start_period")
        if (value := getattr(check, flag))
    ]
    return words + ([f"--health-retries={check.retries}"] if check.retries else [])
