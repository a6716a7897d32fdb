"""What a runtime that was killed leaves behind: it is found by what k3c owns, and removed."""

from __future__ import annotations

import ipaddress
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from adapters.containerd.leftovers import cgroups
from adapters.containerd.leftovers.finder import ContainerdLeftovers, Places
from adapters.containerd.leftovers.processes import start_time
from application.ports.leftovers import Leftover, Leftovers
from domain.names import new_id
from tests.integration.daemon import PROGRAM, Daemon, K3c, until
from tests.unit.contracts.leftovers_contract import LeftoversContract, LeftoverWorld

SLEEP = ("busybox", "sleep", "1000")


def places(daemon: Daemon) -> Places:
    """Where a daemon's things are."""
    return Places(
        cgroup_parent=f"/k3t{daemon.tag}",
        address=f"{daemon.state}/containerd.sock",
        state=f"{daemon.state}/containerd",
        cni_data=f"{daemon.state}/cni",
        cni_config=f"{daemon.state}/config/cni/portmap/10-k3c.conflist",
        cni_plugins=str(Path(PROGRAM).parents[1] / "libexec" / "k3c"),
    )


class Left:
    """Leaves things on the machine as a killed runtime does."""

    def __init__(self, daemon: Daemon, folder: Path, leftovers: Leftovers) -> None:
        self.leftovers = leftovers
        self._daemon = daemon
        self._folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.made: list[Leftover] = []
        self.precious = folder / "precious"

    def make(self) -> dict[str, Leftover]:
        """One of each kind."""
        made = {
            "cgroup": self.cgroup(),
            "shim": self._shim(),
            "address": self._address(),
            "network namespace": self._namespace(),
            "bundle": self._bundle(),
        }
        self.made += made.values()
        return made

    def exists(self, leftover: Leftover) -> bool:
        """Whether it is there; a process that has ended may still wait for us."""
        if leftover.kind == "cgroup":
            return bool(cgroups.folders(f"/k3t{self._daemon.tag}/{leftover.place}"))
        if leftover.kind == "shim":
            pid, started = leftover.place.split()
            return str(start_time(int(pid))) == started
        return os.path.lexists(leftover.place)

    def cgroup(self) -> Leftover:
        """A cgroup with another in it, and a process in that; frozen, where cgroups can be."""
        id_ = new_id()
        orphan = "sleep 1000 >/dev/null & echo $!"  # its parent has ended, as a killed shim has
        pid = subprocess.run(
            ["sh", "-c", orphan], stdout=subprocess.PIPE, text=True, check=True
        ).stdout.strip()
        wholes = [parent / id_ for parent in cgroups.folders(f"/k3t{self._daemon.tag}")]
        for whole in wholes:
            (whole / "inner").mkdir(parents=True)
            if not (whole / "cpuset.cpus").exists():  # which wants processors first
                (whole / "inner" / "cgroup.procs").write_text(pid)
        for frozen in (whole / "inner" / "freezer.state" for whole in wholes):
            if frozen.exists():
                frozen.write_text("FROZEN")
        return Leftover("cgroup", id_)

    def _shim(self) -> Leftover:
        """A process that is called as a shim of this containerd is."""
        called = ["/x/containerd-shim-runc-v2", "-c", "read x", "-namespace", "k8s.io", "-id", new_id()]
        process = self._started([*called, "-address", f"{self._daemon.state}/containerd.sock"], "/bin/sh")
        until(lambda: b"-address" in Path(f"/proc/{process.pid}/cmdline").read_bytes())
        return Leftover("shim", f"{process.pid} {start_time(process.pid)}")

    def _address(self) -> Leftover:
        """The highest address of the range, which no pod has."""
        network = ipaddress.ip_network(f"{self._daemon.gateway}/24", strict=False)
        path = self._daemon.state / "cni" / f"k3c-{self._daemon.bridge}" / str(network[-2])
        path.write_text(f"{new_id()}\r\neth0")
        return Leftover("address", str(path))

    def _namespace(self) -> Leftover:
        path = self._daemon.state / "containerd" / "io.containerd.grpc.v1.cri" / "netns" / f"cni-{new_id()}"
        path.touch()
        subprocess.run(["unshare", f"--net={path}", "true"], check=True)
        return Leftover("network namespace", str(path))

    def _bundle(self) -> Leftover:
        """A bundle with a root file system still mounted, which is not the bundle's to remove."""
        (self.precious / "kept").mkdir(parents=True, exist_ok=True)
        tasks = self._daemon.state / "containerd" / "io.containerd.runtime.v2.task" / "k8s.io"
        root = tasks / f".{new_id()}" / "rootfs"
        root.mkdir(parents=True)
        subprocess.run(["mount", "--bind", str(self.precious), str(root)], check=True)
        return Leftover("bundle", str(root.parent))

    def _started(self, arguments: list[str], program: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(arguments, executable=program, stdin=subprocess.PIPE)
        self.processes.append(process)
        return process

    async def clear(self) -> None:
        """Remove what is still there; the processes are gone with it."""
        for leftover in self.made:
            await self.leftovers.remove(leftover)
        for process in self.processes:
            process.communicate(timeout=10)


@pytest.fixture
async def left(daemon: Daemon, k3c: K3c, channel: grpc.aio.Channel, tmp_path: Path) -> AsyncIterator[Left]:
    """What can be left beside a container that runs, of whom nothing is."""
    k3c.ok("run", "-d", "--name", "runs", "-p", "127.0.0.1:0:80", *SLEEP)
    left = Left(daemon, tmp_path, ContainerdLeftovers(channel, places(daemon)))
    yield left
    await left.clear()
    assert k3c.ok("exec", "runs", "echo", "well") == "well"


class TestContainerdLeftovers(LeftoversContract):
    @pytest.fixture
    def subject(self, left: Left) -> LeftoverWorld:
        return left


async def test_what_runs_and_what_has_ended_leaves_nothing_and_is_not_taken_for_a_leftover(
    left: Left, k3c: K3c
) -> None:
    k3c.ok("run", "--name", "over", "busybox", "true")
    k3c.ok("run", "-d", "--name", "stands", *SLEEP)
    k3c.ok("pause", "stands")
    found = await left.leftovers.find()
    again = await left.leftovers.find()
    assert found & again == frozenset()


async def test_a_bundle_is_removed_and_not_what_is_mounted_in_it(left: Left) -> None:
    bundle = left.make()["bundle"]
    await left.leftovers.remove(bundle)
    assert (left.precious / "kept").is_dir()


def test_a_daemon_that_starts_removes_what_was_left_and_nothing_that_runs(
    daemon: Daemon, left: Left, k3c: K3c
) -> None:
    made = left.make()
    reached = k3c.ok("inspect", "-f", "{{.State.Pid}}", "runs")
    daemon.stop(signal.SIGKILL)
    daemon.socket.unlink()
    daemon.start()
    assert [leftover for leftover in made.values() if left.exists(leftover)] == []
    assert k3c.ok("inspect", "-f", "{{.State.Pid}}", "runs") == reached


def test_purge_ends_what_is_in_its_cgroups(workspace: Path, tmp_path: Path) -> None:
    own = Daemon.make(workspace / "l")
    own.start()
    left = Left(own, tmp_path, ContainerdLeftovers(grpc.aio.insecure_channel("unix:/none"), places(own)))
    for parent in (Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").iterdir()):
        if (parent / "cgroup.procs").exists():
            (parent / f"k3t{own.tag}").mkdir(exist_ok=True)
    cgroup = left.cgroup()
    own.stop()
    own.purge()
    assert not left.exists(cgroup)
