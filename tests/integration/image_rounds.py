"""Rounds of pull, tag, build and rmi in a random order, several at a time, on images that share names and content."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.integration.daemon import K3c

_PROGRAMS = Path(sys.prefix) / "libexec" / "k3c"
_CTR, _BUILDCTL = (str(_PROGRAMS / name) for name in ("ctr", "buildctl"))
_AT_ONCE = 4
_IMAGES = 3  # of each kind: few, so that those who work at once meet
_ABSENT = "no such image"  # another has removed it meanwhile, which is no failure


def ctr(k3c: K3c, *arguments: str) -> list[str]:
    """The lines that containerd's own client prints."""
    command = [_CTR, "-a", f"{k3c.daemon.state}/containerd.sock", "-n", "k8s.io", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (arguments, done.stderr)
    return sorted(done.stdout.splitlines())


def stored(k3c: K3c) -> dict[str, set[str]]:
    """Names, blobs with their sizes, snapshots with their parents, and leases, once the builder has no cache."""
    address = f"unix://{k3c.daemon.state}/buildkitd.sock"
    subprocess.run([_BUILDCTL, "--addr", address, "prune", "--all"], capture_output=True, check=True)
    blobs = [line.split() for line in ctr(k3c, "content", "ls")]
    snapshots = [line.split() for line in ctr(k3c, "snapshots", "ls")]
    return {
        "names": set(ctr(k3c, "images", "ls", "-q")),
        "blobs": {" ".join(words[:2]) for words in blobs},
        "snapshots": {" ".join(words) for words in snapshots},
        "leases": set(ctr(k3c, "leases", "ls", "-q")),
    }


@dataclass(frozen=True)
class Rounds:
    """Images of a registry and contexts of builds, made once, and what is done with them."""

    k3c: K3c
    registry: str
    folder: Path

    def prepare(self) -> None:
        """Push the images, build what is built once, so that the builder has its cache, and remove all of it."""
        for number in range(_IMAGES):
            for kind in ("pulled", "built"):
                context = self.folder / f"{kind}{number}"
                context.mkdir()
                shutil.copy2("/bin/true", context / f"{kind}{number}")
                text = f"FROM busybox\nCOPY {kind}{number} /data/\nLABEL of={kind}{number}\n"
                (context / "Dockerfile").write_text(text)
            self.k3c.ok("build", "-q", "-t", self._remote(number), str(self.folder / f"pulled{number}"))
            self.k3c.ok("push", "-q", self._remote(number))
            self.k3c.ok("rmi", self._remote(number))
            self._build(number, "round/first")

    def run(self, count: int, seed: int) -> None:
        """Do so many rounds. What was tagged must have all its blobs; all names are removed again."""
        chance = random.Random(seed)
        plan = [(chance.choice("pb"), chance.randrange(_IMAGES), number) for number in range(count)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for done in [pool.submit(self._round, *step) for step in plan]:
                done.result()

    def _round(self, kind: str, image: int, number: int) -> None:
        own = f"round/own:{number}"
        if kind == "b":
            self._build(image, own)
            return
        is_pulled = self._unless_absent("pull", "-q", self._remote(image))
        if is_pulled and self._unless_absent("tag", self._remote(image), own):
            self._check(own)
            self.k3c.ok("rmi", own)
        self._unless_absent("rmi", self._remote(image))

    def _build(self, image: int, name: str) -> None:
        self.k3c.ok("build", "-q", "-t", name, str(self.folder / f"built{image}"))
        self._check(name)
        self.k3c.ok("rmi", name)

    def _unless_absent(self, *arguments: str) -> bool:
        done = self.k3c(*arguments)
        assert done.returncode == 0 or _ABSENT in done.stderr, (arguments, done.stderr)
        return done.returncode == 0

    def _check(self, name: str) -> None:
        full = f"docker.io/{name if ':' in name else f'{name}:latest'}"
        assert ctr(self.k3c, "images", "check", "-q", f"name=={full}") == [full]

    def _remote(self, number: int) -> str:
        return f"{self.registry}/round/pulled{number}:1"
