"""What runtime/build.py tells while it builds, and what it leaves behind."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from runtime.build import BuildFailed, Step, build_all, explain, run

Fill = Callable[[Path, Path], Awaitable[None]]


def step(folder: Path, name: str, fill: Fill, programs: tuple[str, ...] = ()) -> Step:
    return Step(name, programs or (name,), folder / "bin" / name, fill)


async def fill_at_once(scratch: Path, log: Path) -> None:
    (scratch / "program").touch()


async def fail_with_words(scratch: Path, log: Path) -> None:
    (scratch / "half").touch()
    await run(["sh", "-c", "echo 'go: downloading a v1'; echo 'a.go:1: syntax error' >&2; exit 3"], log)


async def test_each_part_is_named_and_counted(tmp_path: Path) -> None:
    out = io.StringIO()
    rows = [
        [step(tmp_path, "cni", fill_at_once, ("bridge", "portmap"))],
        [step(tmp_path, "runc", fill_at_once)],
    ]
    await build_all(rows, tmp_path / "logs", 1, out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "building the programs that k3c embeds, once (2 parts, 1 at a time):"
    assert lines[1] == "  building bridge, portmap"
    assert lines[2].startswith("  [1/2] bridge, portmap: 0.")
    assert lines[3] == "  building runc"
    assert lines[4].startswith("  [2/2] runc: 0.")
    assert len(lines) == 5
    assert (tmp_path / "bin" / "runc" / "program").exists()


async def test_what_is_there_is_neither_built_nor_told(tmp_path: Path) -> None:
    out = io.StringIO()
    rows = [[step(tmp_path, "runc", fill_at_once)]]
    await build_all(rows, tmp_path / "logs", 1, io.StringIO())
    await build_all(rows, tmp_path / "logs", 1, out)
    assert out.getvalue() == ""


async def test_rows_are_built_side_by_side_as_wide_as_allowed(tmp_path: Path) -> None:
    both = asyncio.Barrier(2)

    async def fill(scratch: Path, log: Path) -> None:
        await asyncio.wait_for(both.wait(), 10)  # reached by neither, were they built one after another

    rows = [[step(tmp_path, "a", fill)], [step(tmp_path, "b", fill)]]
    await build_all(rows, tmp_path / "logs", 2, io.StringIO())
    assert {path.name for path in (tmp_path / "bin").iterdir()} == {"a", "b"}


async def test_one_that_fails_ends_the_others_and_leaves_nothing(tmp_path: Path) -> None:
    ended: list[str] = []

    async def fill_slowly(scratch: Path, log: Path) -> None:
        try:
            await run(["sleep", "600"], log)
        finally:
            ended.append("slow")

    rows = [[step(tmp_path, "bad", fail_with_words)], [step(tmp_path, "slow", fill_slowly)]]
    with pytest.raises(ExceptionGroup) as caught:
        await build_all(rows, tmp_path / "logs", 2, io.StringIO())
    (failure,) = caught.value.exceptions
    assert isinstance(failure, BuildFailed)
    assert explain(failure) == (
        f"a.go:1: syntax error\nbuild.py: bad could not be built (log: {tmp_path}/logs/bad.log)"
    )
    assert ended == ["slow"]
    assert list((tmp_path / "bin").iterdir()) == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_a_terminal_shows_in_one_line_what_goes_on(tmp_path: Path) -> None:
    out = Terminal()
    await build_all([[step(tmp_path, "runc", fill_at_once)]], tmp_path / "logs", 1, out)
    assert "\r\033[K  [0/1] building runc (0 s)" in out.getvalue()
    assert "\r\033[K  [1/1] runc: 0." in out.getvalue()
    assert out.getvalue().count("\n") == 2
