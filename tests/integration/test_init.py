"""runtime/init by itself, on a terminal."""

from __future__ import annotations

import asyncio
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
