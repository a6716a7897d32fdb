"""When a test fails: what its daemons logged is kept, and one line says which test and where.

The folder is named by `K3C_TEST_LOGS`, or made below the machine's temporary folder when the first test fails; the
workers of one run share it. Nothing is kept of tests that pass.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemon import Daemon

_VARIABLE = "K3C_TEST_LOGS"
_LONGEST = 4 << 20  # bytes kept of a log: its end


def pytest_configure() -> None:
    """Name the run's folder before the workers start, which inherit it."""
    if _VARIABLE not in os.environ:
        os.environ[_VARIABLE] = os.path.join(  # noqa: PTH118 - a name only, made when needed
            tempfile.gettempdir(), f"k3c-test-logs-{os.getpid()}"
        )


def folder() -> Path:
    """Where the logs of this run's failures are kept."""
    return Path(os.environ[_VARIABLE])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep the daemons' logs with every failure, while they are there."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]  # a pluggy Result, as hook wrappers get
    if report.failed:
        keep(item.nodeid, Daemon.made)


def keep(nodeid: str, daemons: list[Daemon]) -> None:
    """Copy the ends of all logs of these daemons into a folder named by the test."""
    for daemon in daemons:
        for name, log in daemon.logs().items():
            kept = folder() / re.sub(r"[^\w.-]+", "-", nodeid) / daemon.tag / f"{name}.log"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(log.read_bytes()[-_LONGEST:])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End with one line a failed test, and where the logs are."""
    failed = terminalreporter.getreports("failed") + terminalreporter.getreports("error")
    for report in failed:
        terminalreporter.write_line(f"FAILED {report.nodeid}{_stage(report)}: {_reason(report)}")
    if failed and folder().is_dir():
        terminalreporter.write_line(f"the daemons' logs are kept in {folder()}")


def _stage(report: pytest.TestReport | pytest.CollectReport) -> str:
    stage = getattr(report, "when", "collect")
    return "" if stage == "call" else f" ({stage})"


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The first line of what went wrong."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    return text.strip().partition("\n")[0][:300]
