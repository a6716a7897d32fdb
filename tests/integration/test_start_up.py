"""What the command loads before it does anything: little, or every call would pay for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"sqlalchemy", "alembic", "dependency_injector", "pydantic", "dns", "structlog", "entrypoints.daemon"}
PROGRAM = """
import sys
try:
    import entrypoints.cli.app as app
    app.main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "command", [["--version"], ["help", "run"], ["-H", "/none", "ps"], ["nonsense"], ["ps", "--bogus"]]
)
def test_what_the_daemon_needs_is_not_loaded(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *command], capture_output=True, text=True, check=False
    )
    loaded = set(done.stderr.split())
    assert "entrypoints.cli.app" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize(
    ("command", "code"),
    [(["help"], 0), (["--help"], 0), (["volume", "--help"], 0), (["rnu"], 2), (["help", "rnu"], 2)],
)
def test_a_list_of_verbs_and_a_mistyped_verb_load_no_verb(command: list[str], code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    loaded = set(done.stderr.split())
    assert "entrypoints.cli.verbs" in loaded
    assert not loaded & {"grpc", "rich", "entrypoints.cli.container.run", "entrypoints.cli.volume.create"}


@pytest.mark.parametrize("command", ["rnu", "immages", "startt"])
def test_a_mistyped_command_suggests_the_nearest(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import entrypoints.cli.app as app; app.main()", command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f'"{ {"rnu": "run", "immages": "images", "startt": "start"}[command] }"' in done.stderr
    assert len(done.stderr.splitlines()) == 1
