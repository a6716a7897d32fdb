"""`python -m bench [--rounds N] [--only VERB,...]`: measure k3c and its peers in turns; write docs/performance.md.

Everything runs in folders of its own, and nothing is left.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import shares
from bench.peers import IMAGE, Peer, docker, import_busybox, podman
from bench.phases import cold_parts, warm_parts
from bench.table import Times, parts_table, ratio_table, replaced
from bench.timing import in_turns
from bench.verbs import CONTAINER, Row, chosen, commands
from tests.integration.conftest import build_busybox
from tests.integration.daemon import Daemon, K3c

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
_BYTES = 200_000_000
_CALLS = 30  # of each of the daemon's methods


def main() -> None:
    """Measure, print the tables, and put them into the page when all was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    only = [name for name in arguments.only.split(",") if name]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="k3c-bench-"))
        stack.callback(shutil.rmtree, folder)
        k3c = _k3c(stack, folder)
        peers = [
            peer for make in (docker, podman) if (peer := stack.enter_context(make(folder / make.__name__)))
        ]
        for peer in peers:
            import_busybox(peer, folder)
            peer.run("run", "-d", "--name", CONTAINER, IMAGE, "sleep", "100000")
        sections = _measure(k3c, peers, folder, chosen(only), arguments.rounds)
    if not only:
        sections["shares"] = shares.table(_CALLS)
    for name, content in sections.items():
        print(f"\n{name}\n\n{content}")
    if not only:
        text = PAGE.read_text()
        for name, content in sections.items():
            text = replaced(text, name, content)
        PAGE.write_text(text)


def _k3c(stack: ExitStack, folder: Path) -> K3c:
    daemon = Daemon.make(folder / "d", options=("--log-level", "info"))
    daemon.start()
    stack.callback(daemon.purge)
    stack.callback(daemon.stop)
    k3c = K3c(daemon)
    build_busybox(k3c, folder / "context")
    k3c.ok("tag", "busybox", IMAGE)
    k3c.ok("run", "-d", "--name", CONTAINER, IMAGE, "sleep", "100000")
    return k3c


def _measure(k3c: K3c, peers: list[Peer], folder: Path, rows: list[Row], rounds: int) -> dict[str, str]:
    data = folder / "data"
    data.write_bytes(bytes(_BYTES))
    measured: dict[str, Times] = {}
    for row in rows:
        print(f"measuring {row.name}", file=sys.stderr)
        measured[row.name] = in_turns(commands(row, k3c, peers, data), rounds)
    columns = ["k3c", "k3c cold", *(peer.name for peer in peers)]
    base = peers[0].name if peers else "k3c"
    machine = f"{os.cpu_count()} processors, Linux {platform.release()}, Python {platform.python_version()}"
    return {
        "verbs": f"{machine}, {rounds} rounds.\n\n{ratio_table(measured, columns, base)}",
        "warm parts": parts_table(warm_parts(k3c, rounds)),
        "cold parts": parts_table(cold_parts(k3c, rounds)),
    }


if __name__ == "__main__":
    main()
