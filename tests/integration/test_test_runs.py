"""What a run of the tests says when it fails, what is kept of it, and what is found by many runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FAILING = """
from pathlib import Path
from tests.integration.daemon import Daemon

def test_well(): pass

def test_ill():
    made = Daemon.make(Path({folder!r}))
    made.log.write_text("said " * 3)
    assert "one\\ntwo" == "three"
"""
EVERY_SECOND_TIME = """
from pathlib import Path

def test_well(): pass

def test_ill():
    mark = Path({folder!r})
    if mark.exists():
        mark.unlink()
        assert not "ill"
    mark.touch()
"""


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | environment
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, env=env, check=False
    )


def test_a_run_that_fails_ends_with_a_line_for_each_failure_and_the_place_of_the_logs(tmp_path: Path) -> None:
    test, kept = tmp_path / "test_it.py", tmp_path / "kept"
    test.write_text(FAILING.format(folder=str(tmp_path / "d")))
    options = ("-q", "-rN", "-p", "tests.integration.kept_logs", "-c", str(ROOT / "pyproject.toml"))
    done = python("-m", "pytest", *options, str(test), K3C_TEST_LOGS=str(kept), CI="true")
    assert done.returncode == 1
    last = done.stdout.splitlines()[-3:]
    assert last[0].startswith("FAILED ")
    assert "::test_ill: AssertionError: assert 'one" in last[0]
    assert last[1] == f"the daemons' logs are kept in {kept}"
    assert last[2].startswith("1 failed, 1 passed")
    (log,) = kept.rglob("*.log")
    assert log.name == "k3c.log"
    assert "test_ill" in str(log)
    assert log.read_text() == "said said said "
    assert "said said" not in done.stdout


def test_many_runs_tell_which_tests_failed_how_often(tmp_path: Path) -> None:
    test = tmp_path / "test_it.py"
    test.write_text(EVERY_SECOND_TIME.format(folder=str(tmp_path / "mark")))
    options = ("-q", "-c", str(ROOT / "pyproject.toml"), str(test))
    done = python("tools/flakes.py", "--runs", "4", "--seed", "7", "--", *options, TMPDIR=str(tmp_path))
    lines = done.stdout.splitlines()
    assert done.returncode == 1, done.stderr
    assert lines[0].startswith("run 1 of 4, seed 7: green, 2 tests in ")
    assert ": 1 failed, 2 tests in " in lines[1]
    assert [line for line in lines if line.startswith("2 of 4 runs were green; their output is in ")]
    assert lines[-1].startswith("failed 2 of 4: ")
    assert "test_ill (seeds " in lines[-1]
