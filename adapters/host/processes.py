"""This machine's processes: ps(1), cgroup files, and counters of network namespaces."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path

from application.ports.processes import Sample
from domain.errors import InvalidArgument, NotFound

_CGROUPS = Path("/sys/fs/cgroup")
_UNLIMITED = 1 << 60
_NANOSECONDS = 1e9
_MICROSECONDS = 1e6


class LinuxHostProcesses:
    """application.ports.processes.HostProcesses."""

    async def table(
        self, options: tuple[str, ...], pids: tuple[int, ...]
    ) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Run ps with the options, and keep the rows of the processes by the column PID."""
        process = await asyncio.create_subprocess_exec(
            "ps", *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, said = await process.communicate()
        if process.returncode != 0:
            problem = " ".join(said.decode(errors="replace").split()) or "ps refuses them"
            raise InvalidArgument("ps options", " ".join(options), problem[:200])
        return _rows(output.decode(errors="replace"), options, {str(pid) for pid in pids})

    async def usage(self, pid: int) -> Sample:
        """Read the files of the cgroup and of the network namespace."""
        try:
            return await asyncio.to_thread(_usage, pid)
        except (FileNotFoundError, ProcessLookupError) as error:
            raise NotFound("process", str(pid)) from error


def _rows(
    output: str, options: tuple[str, ...], pids: set[str]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    lines = output.splitlines()
    titles = tuple(lines[0].split()) if lines else ()
    if "PID" not in titles:
        raise InvalidArgument("ps options", " ".join(options), "the column PID is needed")
    column = titles.index("PID")
    rows = (tuple(line.split(None, len(titles) - 1)) for line in lines[1:])
    return titles, tuple(row for row in rows if len(row) > column and row[column] in pids)


def _usage(pid: int) -> Sample:
    folders = _folders(pid)
    received, sent = _network(pid)
    sample = _unified(folders[""]) if "" in folders and "memory" not in folders else _split(folders)
    return replace(sample, received=received, sent=sent)


def _folders(pid: int) -> dict[str, Path]:
    """Return a process's cgroups by controller; "" is the unified hierarchy."""
    found = {}
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            base = _CGROUPS / controllers if controllers else _CGROUPS
            if not controllers and (_CGROUPS / "unified").is_dir():
                base = _CGROUPS / "unified"
            found[controller] = base / path.lstrip("/")
    return found


def _split(folders: dict[str, Path]) -> Sample:
    """Read the sample from cgroup v1."""
    memory, cpu, pids, blkio = (folders.get(name) for name in ("memory", "cpuacct", "pids", "blkio"))
    read, written = _block_v1(blkio)
    used = _number(memory, "memory.usage_in_bytes")
    return Sample(
        at=time.monotonic(),
        cpu=_number(cpu, "cpuacct.usage") / _NANOSECONDS,
        memory=max(0, used - _field(memory, "memory.stat", "total_inactive_file")),
        memory_limit=_limit(_number(memory, "memory.limit_in_bytes")),
        processes=_number(pids, "pids.current"),
        read=read,
        written=written,
    )


def _unified(folder: Path) -> Sample:
    """Read the sample from cgroup v2."""
    blocks = [dict(_pairs(line)) for line in _lines(folder, "io.stat")]
    used = _number(folder, "memory.current")
    return Sample(
        at=time.monotonic(),
        cpu=_field(folder, "cpu.stat", "usage_usec") / _MICROSECONDS,
        memory=max(0, used - _field(folder, "memory.stat", "inactive_file")),
        memory_limit=_limit(_number(folder, "memory.max")),
        processes=_number(folder, "pids.current"),
        read=sum(int(block.get("rbytes", 0)) for block in blocks),
        written=sum(int(block.get("wbytes", 0)) for block in blocks),
    )


def _block_v1(folder: Path | None) -> tuple[int, int]:
    totals = {"Read": 0, "Write": 0}
    for line in _lines(folder, "blkio.throttle.io_service_bytes_recursive"):
        fields = line.split()
        if len(fields) == 3 and fields[1] in totals:
            totals[fields[1]] += int(fields[2])
    return totals["Read"], totals["Write"]


def _limit(bytes_: int) -> int:
    """Return a limit of memory; a limit above the machine's memory is the machine's memory."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return there if not 0 < bytes_ < min(there, _UNLIMITED) else bytes_


def _lines(folder: Path | None, name: str) -> list[str]:
    """Return a cgroup file's lines; no lines where the controller does not exist."""
    try:
        return (folder / name).read_text().splitlines() if folder else []
    except (FileNotFoundError, OSError):
        return []


def _number(folder: Path | None, name: str) -> int:
    lines = _lines(folder, name)
    return int(lines[0]) if lines and lines[0].isdecimal() else 0


def _field(folder: Path | None, name: str, field: str) -> int:
    return next((int(line.split()[1]) for line in _lines(folder, name) if line.startswith(field + " ")), 0)


def _pairs(line: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (part.partition("=") for part in line.split()[1:])]


def _network(pid: int) -> tuple[int, int]:
    received = sent = 0
    for line in Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]:
        name, _, counters = line.partition(":")
        if name.strip() != "lo":
            numbers = counters.split()
            received, sent = received + int(numbers[0]), sent + int(numbers[8])
    return received, sent
