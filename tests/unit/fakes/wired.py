"""The daemon's own wiring, with a fake at every port."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from adapters.containerd.images.oci_archive import single_layer_image
from adapters.containerd.leftovers.finder import Places
from application.ports.images import ImageStore
from domain.image import ImageReference
from entrypoints.daemon.loops import handle_exits
from entrypoints.daemon.wiring import Daemon
from entrypoints.daemon.wiring.config import Config
from tests.unit.fakes.container_exits import FakeContainerExits
from tests.unit.fakes.container_logs import FakeContainerLogs, FakeKeptLogs
from tests.unit.fakes.container_pauses import FakeContainerPauses
from tests.unit.fakes.container_probes import FakeContainerProbes
from tests.unit.fakes.container_resources import FakeContainerResources
from tests.unit.fakes.container_runtime import FakeContainerRuntime
from tests.unit.fakes.container_store import FakeContainerChanges, FakeContainerStore, FakeState
from tests.unit.fakes.event_store import FakeEventStore
from tests.unit.fakes.furniture import (
    FakeAccounts,
    FakeContainerRoots,
    FakeHostsFiles,
    FakeImageRoots,
    FakeRuntimeSpecs,
)
from tests.unit.fakes.host_files import FakeHostFiles
from tests.unit.fakes.host_ports import FakeHostPorts
from tests.unit.fakes.host_resolver import FakeHostResolver
from tests.unit.fakes.image_store import FakeImageStore
from tests.unit.fakes.leftovers import FakeLeftovers
from tests.unit.fakes.missed_exits import FakeMissedExits
from tests.unit.fakes.oom_scores import FakeContainerPids, FakeOomScores
from tests.unit.fakes.process_signals import FakeProcessSignals
from tests.unit.fakes.sandbox_runtime import FakeRuntime, FakeSandboxRuntime
from tests.unit.fakes.seeds import FakeSeeds
from tests.unit.fakes.streams import FakeContainerStreams, FakeExecs, FakeGates
from tests.unit.fakes.unread_output import FakeUnreadOutput
from tests.unit.fakes.volume_store import FakeVolumeStore

IMAGE = "busybox"


@dataclass
class FakeWorld:
    """Everything outside k3c, and the objects of a daemon in it."""

    runtime: FakeRuntime = field(default_factory=FakeRuntime)
    state: FakeState = field(default_factory=FakeState)
    files: FakeHostFiles = field(default_factory=FakeHostFiles)
    ports: FakeHostPorts = field(default_factory=FakeHostPorts)
    images: FakeImageStore = field(default_factory=FakeImageStore)
    hosts_files: FakeHostsFiles = field(default_factory=FakeHostsFiles)
    oom_scores: FakeOomScores = field(default_factory=FakeOomScores)

    @cached_property
    def specs(self) -> FakeRuntimeSpecs:
        """What the runtime's containers are run as."""
        return FakeRuntimeSpecs(self.runtime)

    @cached_property
    def pids(self) -> FakeContainerPids:
        """The processes of the runtime's containers."""
        return FakeContainerPids(self.runtime)

    @cached_property
    def gates(self) -> FakeGates:
        """The gates of the runtime's containers."""
        return FakeGates(self.runtime)

    def daemon(self) -> Daemon:
        """The daemon's wiring with this world at its ports."""
        daemon = wiring()
        fakes = {
            "pods": FakeSandboxRuntime(self.runtime),
            "missed_exits": FakeMissedExits(self.runtime),
            "cri_runtime": FakeContainerRuntime(self.runtime),
            "pauses": FakeContainerPauses(self.runtime),
            "probes": FakeContainerProbes(self.runtime),
            "resources": FakeContainerResources(self.runtime),
            "changes": FakeContainerChanges(self.state),
            "unread_output": FakeUnreadOutput(),
            "leftovers": FakeLeftovers(),
            "signals": FakeProcessSignals(self.runtime),
            "exit_events": FakeContainerExits(self.runtime),
            "container_store": FakeContainerStore(self.state),
            "volume_store": FakeVolumeStore(self.state),
            "image_store": self.images,
            "event_store": FakeEventStore(),
            "streams": FakeContainerStreams(self.runtime),
            "gates": self.gates,
            "execs": FakeExecs(self.runtime),
            "specs": self.specs,
            "pids": self.pids,
            "oom_scores": self.oom_scores,
            "hosts_files": self.hosts_files,
            "accounts": FakeAccounts(),
            "image_roots": FakeImageRoots(),
            "container_roots": FakeContainerRoots(self.runtime),
            "seeds": FakeSeeds(Path("/no-seeds"), Path("/no-image")),
            "kept_logs": FakeKeptLogs(),
            "logs": FakeContainerLogs(),
            "ports": self.ports,
            "files": self.files,
            "resolver": FakeHostResolver(),
        }
        for name, fake in fakes.items():
            getattr(daemon, name).override(fake)
        return daemon


CONFIG = Config(
    runtime_kind="embedded",
    instance="0" * 64,
    cgroup_parent="/k3c-test",
    portmap_handler="",
    snapshotter="overlayfs",
    sandbox_image="",
    plain_http=(),
    hosts_folder="",
    volumes_folder="/volumes",
    beyond_cri="containerd",
    gateway="192.0.2.1",
    containerd_state="/containerd",
    mounts_folder="/mounts",
    seeds_folder="/no-seeds",
    hosts_files_folder="/hosts",
    execs_folder="/execs",
    gates_folder="/gates",
    init_program="/init",
    keeper_program="/keeper",
    keeper_commands="/commands",
    logs_library=str(Path(sys.prefix) / "libexec" / "k3c" / "k3c-logs.so"),
    log_folder="/pods",
    keep_logs_after_rm=0.0,
    log_size=1 << 20,
    log_files=3,
    name_server="",
    leftover_places=Places("/k3c-test"),
    restart_backoff=timedelta(milliseconds=10),
    resolv_conf=Path("/etc/resolv.conf"),
)


def wiring(config: Config = CONFIG, **dependencies: object) -> Daemon:
    """The daemon's objects with plain values; `dependencies` are what `serve` opens."""
    return Daemon(config=config, **dependencies)


async def put_image(images: ImageStore) -> None:
    """Have an image named busybox in a store."""

    async def archive() -> AsyncIterator[bytes]:
        yield single_layer_image({"bin/sh": (b"", 0o755)}, {"Cmd": ["sh"]})

    await images.load(archive(), ImageReference.parse(IMAGE).tagged())


@asynccontextmanager
async def running_loops(daemon: Daemon) -> AsyncIterator[None]:
    """What the daemon does without being asked, for the time of the block."""
    loops = handle_exits(
        daemon.exit_events(), daemon.exits(), daemon.handle_exit(), daemon.reconcile(), daemon.plan_restart()
    )
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(loops), group.create_task(daemon.background().run())]
        yield
        for task in tasks:
            task.cancel()


async def until(holds: Callable[[], bool]) -> None:
    """Give the others turns until something holds."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0.001)
