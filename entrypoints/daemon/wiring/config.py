"""The values that the daemon's objects are wired with, decided by its settings and by the prepared host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from adapters.containerd.leftovers.finder import Places


@dataclass(frozen=True)
class Config:
    """Plain values for the wiring; folders and files are absolute paths of this machine.

    `instance` distinguishes this k3c from others on the same runtime. `gateway` is this machine's address
    on the bridge and `name_server` the address of the daemon's name server; both are "" where there is
    none. `sandbox_image` is "" where pods are made from another's image, `hosts_folder` (containerd's
    folder of mirrors and certificates) "" where none is set. `keep_logs_after_rm` is in seconds,
    `log_size` in bytes.
    """

    runtime_kind: Literal["embedded", "external"]
    beyond_cri: Literal["containerd", "none"]
    instance: str
    cgroup_parent: str
    portmap_handler: str
    snapshotter: str
    sandbox_image: str
    plain_http: tuple[str, ...]
    hosts_folder: str
    volumes_folder: str
    containerd_state: str
    mounts_folder: str
    seeds_folder: str
    hosts_files_folder: str
    execs_folder: str
    gates_folder: str
    init_program: str
    keeper_program: str
    keeper_commands: str
    logs_library: str
    log_folder: str
    keep_logs_after_rm: float
    log_size: int
    log_files: int
    restart_backoff: timedelta
    resolv_conf: Path
    gateway: str
    name_server: str
    leftover_places: Places

    @property
    def logs_size(self) -> int:
        """Bytes of a container's logs, of all its lives together."""
        return self.log_size * self.log_files
