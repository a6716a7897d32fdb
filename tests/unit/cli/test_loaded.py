"""What a call loads, which is most of the time that it takes where no process has loaded it before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from h2.events import ConnectionTerminated, RequestReceived

from entrypoints.api.k3c.v1 import container_pb2 as pb
from tests.unit.cli.http2_peer import Peer, peer

SCRIPT = """
import sys
before = set(sys.modules)
from entrypoints.cli.app import main
try:
    main()
finally:
    print(*sorted(set(sys.modules) - before), file=sys.stderr)
"""
OURS = ("domain", "entrypoints")
SLOW = {  # of Python's own
    *("asyncio", "concurrent", "ssl", "subprocess", "secrets", "random", "hashlib", "shutil", "tempfile"),
    *(
        "json",
        "email",
        "http",
        "urllib.request",
        "xml",
        "sqlite3",
        "difflib",
        "argparse",
        "unittest",
        "tarfile",
    ),
}
APP = {"entrypoints", "entrypoints.cli", "entrypoints.cli.app"}
ERRORS = {"domain", "domain.errors", "domain.problems", "domain.names"}
WORDS = {f"entrypoints.cli.{name}" for name in ("context", "messages", "problems", "usage", "verbs")}
CALL = {
    *("entrypoints.api", "entrypoints.api.callers", "entrypoints.version", "domain.streams"),
    *(f"entrypoints.cli.{name}" for name in ("options", "options.groups", "parsing", "ui", "ui.output")),
    *(f"entrypoints.cli.connection{name}" for name in ("", ".http2", ".reach", ".unary")),
}
PS = {
    *("domain.network", "entrypoints.cli.container", "entrypoints.cli.container.ps"),
    *(f"entrypoints.cli.ui.{name}" for name in ("listing", "open_map", "rows", "status", "table")),
    *(
        f"entrypoints.api.k3c{name}"
        for name in ("", ".v1", ".v1.container_pb2", ".v1.filter_pb2", ".v1.spec_pb2")
    ),
    *(f"entrypoints.api.mapping{name}" for name in ("", ".filters", ".ports", ".times")),
}


def loaded(*arguments: str, address: str = "/nowhere", code: int = 0) -> set[str]:
    """What the command loads after Python itself."""
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        env={**os.environ, "K3C_ADDRESS": address},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == code, ran.stderr
    return set(ran.stderr.splitlines()[-1].split())


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.split(".")[0] in OURS}


def others(modules: set[str]) -> set[str]:
    """The packages that are neither ours nor Python's."""
    return {name.split(".")[0] for name in modules - ours(modules)} - sys.stdlib_module_names


def test_ps_loads_what_it_needs(tmp_path: Path) -> None:
    def behave(it: Peer) -> None:
        (request,) = it.until(RequestReceived)
        one = pb.Container(id="0" * 64, name="web", state="running", ports=[pb.Container().ports.add()])
        it.answer(request.stream_id, pb.ListContainersResponse(containers=[one]))
        it.until(ConnectionTerminated)

    with peer(tmp_path, behave) as address:
        modules = loaded("ps", address=address)
    assert others(modules) <= {"attr", "attrs", "cyclopts", "google", "hpack"}
    assert ours(modules) == APP | ERRORS | WORDS | CALL | PS
    assert not SLOW & modules


@pytest.mark.parametrize(
    ("arguments", "needed", "code"),
    [
        (("--version",), {"entrypoints.version"}, 0),
        (("nosuchverb",), ERRORS | WORDS, 2),
        (
            ("--help",),
            {f"entrypoints.cli.{name}" for name in ("context", "help", "ui", "ui.help_page", "verbs")},
            0,
        ),
    ],
)
def test_what_asks_no_daemon_loads_next_to_nothing(
    arguments: tuple[str, ...], needed: set[str], code: int
) -> None:
    modules = loaded(*arguments, code=code)
    assert not others(modules)
    assert ours(modules) == APP | needed


def test_the_version_needs_not_even_typing() -> None:
    assert not {"typing", "re", "enum", "dataclasses"} & loaded("--version")
