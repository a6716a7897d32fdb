"""Other engines, each run for a while in folders and namespaces of its own, of which nothing is left."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LIBEXEC = Path(sys.prefix) / "libexec" / "k3c"
DOCKERD = Path(sys.prefix) / "libexec" / "bench"
IMAGE = "k3c-bench"
_READY_TIMEOUT = 60.0
_STOP_TIMEOUT = 30.0
_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Peer:
    """How a peer's command line begins, and its environment."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]

    def run(self, *arguments: str) -> None:
        """Run a command that must succeed."""
        done = subprocess.run(
            [*self.command, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{self.name} {' '.join(arguments)}: {done.stderr.strip()}")


@contextmanager
def docker(folder: Path) -> Iterator[Peer | None]:
    """Docker's daemon with k3c's containerd and runc, or None, and why not is said.

    It has a mount and a network namespace of its own, so that its mounts, bridge and rules go with it.
    """
    program = next((path for path in (shutil.which("dockerd"), DOCKERD / "dockerd") if path), None)
    if shutil.which("docker") is None or program is None or not Path(program).exists():
        print("docker is left out: its command or its daemon is missing", file=sys.stderr)
        yield None
        return
    folder.mkdir()
    socket, parent = folder / "docker.sock", f"k3c-bench-{os.getpid()}"
    environment = {**os.environ, "PATH": f"{LIBEXEC}:{Path(program).parent}:{os.environ['PATH']}"}
    inside = 'ip link set lo up && echo 1 > /proc/sys/net/ipv4/ip_forward; exec "$@"'
    command = [
        *("unshare", "--mount", "--net", "sh", "-c", inside, "sh", str(program)),
        *("--data-root", str(folder / "root"), "--exec-root", str(folder / "run")),
        *("--pidfile", str(folder / "pid"), "--host", f"unix://{socket}", "--cgroup-parent", f"/{parent}"),
    ]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    peer = Peer("docker", ("docker",), {**os.environ, "DOCKER_HOST": f"unix://{socket}"})
    try:
        _until_ready(running, folder / "log", peer, "version")
        yield peer
    finally:
        _remove_containers(peer, running)
        running.terminate()
        running.wait(_STOP_TIMEOUT)
        _remove_cgroups(parent)


@contextmanager
def podman(folder: Path) -> Iterator[Peer | None]:
    """Podman with k3c's runc, or None, and why not is said."""
    if shutil.which("podman") is None:
        print("podman is left out: it is not installed", file=sys.stderr)
        yield None
        return
    folder.mkdir()
    options = (
        *("--root", str(folder / "root"), "--runroot", str(folder / "run")),
        *("--runtime", str(LIBEXEC / "runc"), "--cgroup-manager", "cgroupfs"),
    )
    peer = Peer("podman", ("prlimit", "--nofile=1024", "--nproc=4096", "podman", *options), dict(os.environ))
    try:
        yield peer
    finally:
        subprocess.run([*peer.command, "system", "reset", "--force"], check=False, capture_output=True)


def import_busybox(peer: Peer, folder: Path, image: str = IMAGE, changes: Sequence[str] = ()) -> None:
    """Make an image of static busybox with its commands and two users; `changes` are options of `import`."""
    archive = folder / f"{peer.name}.tar"
    commands = subprocess.run(["/bin/busybox", "--list"], capture_output=True, text=True, check=True).stdout
    users = b"root:x:0:0:root:/:/bin/sh\napp:x:1000:1000:app:/:/bin/sh\n"
    with tarfile.open(archive, "w") as tar:
        tar.add("/bin/busybox", "bin/busybox")
        for name in set(commands.split()) - {"busybox"}:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for name in ("tmp", "etc"):
            made = tarfile.TarInfo(name)
            made.type, made.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(made)
        listed = tarfile.TarInfo("etc/passwd")
        listed.size, listed.mode = len(users), 0o644
        tar.addfile(listed, io.BytesIO(users))
    peer.run("import", *changes, str(archive), image)


def _until_ready(running: subprocess.Popen[bytes], log: Path, peer: Peer, verb: str) -> None:
    deadline = time.monotonic() + _READY_TIMEOUT
    while True:
        try:
            peer.run(verb)
        except RuntimeError as error:
            if running.poll() is not None or time.monotonic() > deadline:
                last = log.read_text(errors="replace").splitlines()[-3:]
                raise RuntimeError("\n".join([f"{peer.name} did not start", *last])) from error
            time.sleep(0.1)
        else:
            return


def _remove_containers(peer: Peer, running: subprocess.Popen[bytes]) -> None:
    if running.poll() is not None:
        return
    listed = subprocess.run(
        [*peer.command, "ps", "-aq"], env=peer.environment, capture_output=True, text=True, check=False
    )
    if ids := listed.stdout.split():
        peer.run("rm", "--force", *ids)


def _remove_cgroups(parent: str) -> None:
    places = [_CGROUPS / parent, *(path / parent for path in _CGROUPS.iterdir() if path.is_dir())]
    for place in places:
        for folder, _, _ in os.walk(place, topdown=False):
            Path(folder).rmdir()
