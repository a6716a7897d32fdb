"""`k3c stats`."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import Parameter

from domain.names import SHORT_ID
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.unary import Client, call, until_interrupted
from entrypoints.cli.options.names import Names
from entrypoints.cli.ui.listing import Format, Row, check, show
from entrypoints.cli.ui.table import binary_size, size

_COLUMNS = (
    ("CONTAINER ID", "ID"),
    ("NAME", "Name"),
    ("CPU %", "CPUPerc"),
    ("MEM USAGE / LIMIT", "MemUsage"),
    ("MEM %", "MemPerc"),
    ("NET I/O", "NetIO"),
    ("BLOCK I/O", "BlockIO"),
    ("PIDS", "PIDs"),
)
_CLEAR = "\x1b[H\x1b[2J"


def stats(
    *containers: Names,
    all_: Annotated[
        bool, Parameter(name=["--all", "-a"], help="Show all containers, also those not running")
    ] = False,
    no_stream: Annotated[bool, Parameter(help="Show the first result only")] = False,
    format_: Annotated[Format, Parameter(name="--format")] = "",
) -> int:
    """Show live resource usage of containers.

    Without arguments, of all that are running. The display is updated every second until Ctrl-C.
    """
    check(format_)
    request = pb.StatsRequest(containers=containers, all=all_, once=no_stream)

    def showing(client: Client) -> int:
        live = sys.stdout.isatty() and not no_stream
        with until_interrupted():
            for look in client.containers.Stats(request):
                if live:
                    sys.stdout.write(_CLEAR)
                show([_row(usage) for usage in look.usages], _COLUMNS, format_)
        return 0

    return call(showing)


def _row(usage: pb.Usage) -> Row:
    if not usage.running:
        gone = {key: "--" for _, key in _COLUMNS}
        return {**gone, "ID": usage.id[:SHORT_ID], "Name": usage.name, "Container": usage.name}
    share = usage.memory / usage.memory_limit if usage.memory_limit else 0
    return {
        "ID": usage.id[:SHORT_ID],
        "Name": usage.name,
        "Container": usage.name,
        "CPUPerc": f"{usage.cpu * 100:.2f}%",
        "MemUsage": f"{binary_size(usage.memory)} / {binary_size(usage.memory_limit)}",
        "MemPerc": f"{share * 100:.2f}%",
        "NetIO": f"{size(usage.received)} / {size(usage.sent)}",
        "BlockIO": f"{size(usage.read)} / {size(usage.written)}",
        "PIDs": str(usage.processes),
    }
