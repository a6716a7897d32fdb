"""runtime/init by itself, on a terminal."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

from adapters.host.gates import PROGRAM, HostGates
from tests.integration.console import on_terminal
from tests.integration.daemon import INIT, until


def test_the_terminal_gets_its_size_after_the_gate_and_before_the_program(tmp_path: Path) -> None:
    """Whoever gives it a size attaches first, and attaches no sooner than the gate is reached."""
    gates = HostGates(str(tmp_path), INIT)
    asyncio.run(gates.shut("held"))
    folder = tmp_path / "held"
    command = [str(folder / PROGRAM), "-m", "-s", "-g", str(folder / "gate"), "--", "/bin/stty", "size"]
    with on_terminal(command, rows=0, columns=0) as screen:
        until(lambda: asyncio.run(gates.reached("held")), seconds=2)
        asyncio.run(gates.remove("held"))
        screen.expect(b"k3c gate open\r\n")
        screen.resize(33, 101)
        assert screen.expect(b"\r\n") == b"33 101"


def test_a_gate_whose_daemon_died_before_it_was_reached_is_opened_by_the_next(tmp_path: Path) -> None:
    """The kernel does not tell a reader of a writer that was gone before."""
    gates = HostGates(str(tmp_path), INIT)
    asyncio.run(gates.shut("held"))
    folder = tmp_path / "held"
    shutil.copy2(folder / PROGRAM, tmp_path / "init")
    os.close(gates._held.pop("held"))
    command = [str(tmp_path / "init"), "-g", str(folder / "gate"), "--", "/bin/echo", "through"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as waiting:
        until(
            lambda: any(
                link.readlink() == folder / "gate" for link in Path(f"/proc/{waiting.pid}/fd").iterdir()
            )
        )
        assert waiting.poll() is None
        shutil.rmtree(folder)  # as a daemon does that starts
        assert waiting.communicate(timeout=20)[0] == b"through\n"
