"""Where the time of `k3c ps` goes, from the keystroke to the last byte.

What a call does is done here step by step, in a process that has loaded the CLI as the warm process has; what
no step accounts for is the hand-over and the ends of the processes.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.timing import Command, in_turns
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli import app
from entrypoints.cli.connection.unary import connect
from entrypoints.cli.container.ps import ps
from entrypoints.cli.parsing import arguments_of, call_with
from tests.integration.daemon import K3c

_INNER_ROUNDS = 50


def warm_parts(k3c: K3c, rounds: int) -> dict[str, float]:
    """Seconds of each part of `k3c ps`, run by the warm process."""
    whole = in_turns(
        {
            "nothing": Command(("/bin/busybox", "true"), k3c.env),
            "version": Command((k3c.program, "--version"), k3c.env),
            "ps": Command((k3c.program, "ps"), k3c.env),
        },
        rounds * 3,
    )
    nothing, version, total = (median(whole[name]) for name in ("nothing", "version", "ps"))
    inner = _inner_parts(k3c)
    rest = total - version - sum(inner.values())
    return {
        "a static program that does nothing": nothing,
        "launcher, greeting, fork, becoming the command, its end (`k3c --version`)": version - nothing,
        **inner,
        "what no part accounts for (pages that a fresh child touches first)": rest,
        "**`k3c ps`**": total,
    }


def _inner_parts(k3c: K3c) -> dict[str, float]:
    app.preload()
    request = pb.ListContainersRequest()

    def connecting() -> None:
        with connect(k3c.daemon.address) as client:
            client.containers.List(request)

    def show() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            call_with(ps, [])

    with connect(k3c.daemon.address) as client:
        listing = _median(lambda: client.containers.List(request))
    whole = _median(connecting)
    parsing = _median(lambda: (arguments_of(_nothing), call_with(_nothing, [])))
    return {
        "parsing": parsing,
        "ticket, connection and its first frames": whole - listing,
        "the daemon's answer, on a connection that is there": listing,
    }


def _nothing(*, all_: bool = False, quiet: bool = False) -> int:
    return int(all_ and quiet)


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(_INNER_ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def cold_parts(k3c: K3c, rounds: int) -> dict[str, float]:
    """Seconds of each part of `k3c ps` without the warm process."""
    python = str(Path(sys.prefix) / "bin" / "python3")
    environment = {**k3c.env, "K3C_NO_WARM": "1"}
    whole = in_turns(
        {
            "bare": Command((python, "-I", "-S", "-c", "pass"), environment),
            "python": Command((python, "-I", "-c", "pass"), environment),
            "version": Command((k3c.program, "--version"), environment),
            "ps": Command((k3c.program, "ps"), environment),
        },
        rounds,
    )
    bare, plain, version, total = (median(whole[name]) for name in ("bare", "python", "version", "ps"))
    return {
        "Python itself (`-I -S`)": bare,
        "its site packages": plain - bare,
        "launcher, and what `--version` loads": version - plain,
        "what `ps` loads, and the call": total - version,
        "**`k3c ps`, cold**": total,
    }
