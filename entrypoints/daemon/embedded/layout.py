"""Paths of the daemon's files."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from domain.errors import InvalidArgument
from entrypoints.daemon.settings import Settings

_PROGRAMS = ("containerd", "containerd-shim-runc-v2", "runc")
_BUILDER = ("buildkitd",)
_PLUGINS = ("bridge", "host-local", "loopback", "portmap")
_PAUSE = "k3c-pause"
_INIT = "k3c-init"
_KEEPER = "k3c-keeper"
_LOGS = "k3c-logs.so"


@dataclass(frozen=True)
class Layout:
    """Paths below the root, which is kept, and below the state folder, which is gone after a reboot."""

    settings: Settings

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.settings.root / "state.db"

    @property
    def volumes(self) -> Path:
        """The folder of volumes."""
        return self.settings.root / "volumes"

    @property
    def lock(self) -> Path:
        """The file whose lock says that a daemon uses this root."""
        return self.settings.root / "lock"

    @property
    def logs(self) -> Path:
        """Log files of the embedded processes."""
        return self.settings.root / "logs"

    @property
    def containerd_root(self) -> Path:
        """Containerd's images, snapshots and metadata."""
        return self.settings.root / "containerd"

    @property
    def containerd_state(self) -> Path:
        """Containerd's running tasks."""
        return self.settings.state / "containerd"

    @property
    def containerd_socket(self) -> Path:
        """The socket of the embedded containerd."""
        return self.settings.state / "containerd.sock"

    @property
    def buildkit_root(self) -> Path:
        """Buildkitd's cache."""
        return self.settings.root / "buildkit"

    @property
    def buildkitd_socket(self) -> Path:
        """The socket of the embedded buildkitd."""
        return self.settings.state / "buildkitd.sock"

    @property
    def config(self) -> Path:
        """The folder of the embedded processes' configuration."""
        return self.settings.state / "config"

    @property
    def cni_data(self) -> Path:
        """The folder where CNI keeps which addresses are taken."""
        return self.settings.state / "cni"

    def cni_config(self, network: str) -> Path:
        """The configuration of one of the networks."""
        return self.config / "cni" / network / "10-k3c.conflist"

    @property
    def runtime_address(self) -> str:
        """The address of the containerd in use."""
        return self.settings.runtime.address or f"unix://{self.containerd_socket}"

    @property
    def builder_address(self) -> str:
        """The address of the buildkitd in use."""
        return self.settings.builder.address or f"unix://{self.buildkitd_socket}"

    @property
    def binaries(self) -> Path:
        """The folder of the embedded programs: the configured folder, or that beside the Python that runs k3c."""
        return self.settings.runtime.binaries or Path(sys.prefix) / "libexec" / "k3c"

    @property
    def plugins(self) -> Path:
        """The folder of the CNI plugins."""
        return self.settings.network.cni_bin or self.binaries

    @property
    def pause(self) -> Path:
        """The pause program of pods."""
        return self.binaries / _PAUSE

    @property
    def init(self) -> Path:
        """The gate and init program of containers."""
        return self.binaries / _INIT

    @property
    def keeper(self) -> Path:
        """The program that keeps output which nobody has read."""
        return self.binaries / _KEEPER

    @property
    def keeper_commands(self) -> Path:
        """The named pipe by which that program is told what to keep."""
        return self.settings.state / "keeper"

    @property
    def logs_library(self) -> Path:
        """The library that splits logs into records."""
        return self.binaries / _LOGS

    @property
    def gates(self) -> Path:
        """The folder of gates: for each container that is held at its start, a folder that it can see."""
        return self.settings.root / "gates"

    @property
    def execs(self) -> Path:
        """The folder of the pipes of commands that run in containers."""
        return self.settings.state / "execs"

    @property
    def seeds(self) -> Path:
        """The folder of files that were copied into containers before their first start."""
        return self.settings.root / "seeds"

    @property
    def mounts(self) -> Path:
        """The folder where file systems of images and containers are mounted while they are read."""
        return self.settings.state / "mounts"

    @property
    def hosts_files(self) -> Path:
        """The folder of /etc/hosts files before they are mounted in containers."""
        return self.settings.state / "hosts"

    def check_programs(self) -> None:
        """Raise InvalidArgument, naming the first needed program that is missing."""
        own = () if self.settings.runtime.address else (*_PROGRAMS, _PAUSE)
        needed = [self.binaries / name for name in (*own, _INIT, _KEEPER, _LOGS)]
        needed += [] if self.settings.builder.address else [self.binaries / name for name in _BUILDER]
        needed += [] if self.settings.runtime.address else [self.plugins / name for name in _PLUGINS]
        for program in needed:
            if not program.is_file():
                raise InvalidArgument("program", str(program), "missing-program")
