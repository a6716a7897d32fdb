"""Timing commands as whole processes, in turns."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """A command line to be timed; `codes` are the exit codes with which it has done what it should."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    stdin: Path | None = None
    codes: frozenset[int] = field(default=frozenset({0}))

    def seconds(self) -> float:
        """Run it once, its output thrown away. Raises RuntimeError for an unexpected exit code."""
        with (self.stdin or Path("/dev/null")).open("rb") as stdin:
            began = time.perf_counter()
            done = subprocess.run(
                self.arguments,
                env=dict(self.environment),
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
            took = time.perf_counter() - began
        if done.returncode not in self.codes:
            raise RuntimeError(f"{' '.join(self.arguments)} ended with {done.returncode}")
        return took


def in_turns(commands: Mapping[str, Command], rounds: int) -> dict[str, list[float]]:
    """Seconds of each command, run one after the other round by round; a round before them is not counted."""
    for command in commands.values():
        command.seconds()
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            times[name].append(command.seconds())
    return times
