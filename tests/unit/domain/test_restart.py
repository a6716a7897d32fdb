"""How long it is waited before a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.restart import Backoff, Restarts
from domain.spec import RestartPolicy

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SHORT = timedelta(seconds=1)


def pauses(count: int) -> list[float]:
    """Seconds before so many restarts of a container that never runs long."""
    planned, found = Restarts(), []
    for _ in range(count):
        planned = Backoff().plan(planned, SHORT, NOON)
        assert planned.next_at is not None
        found.append((planned.next_at - NOON).total_seconds())
    return found


def test_at_once_then_doubling_to_five_minutes() -> None:
    assert pauses(9) == [0, 10, 20, 40, 80, 160, 300, 300, 300]
    assert pauses(200)[-1] == 300


def test_all_are_counted() -> None:
    assert Backoff().plan(Restarts(41, 0), SHORT, NOON) == Restarts(42, 1, NOON)


@pytest.mark.parametrize(("ran", "in_row"), [(timedelta(minutes=10), 1), (timedelta(minutes=9.99), 8)])
def test_a_long_run_begins_anew(ran: timedelta, in_row: int) -> None:
    assert Backoff().plan(Restarts(7, 7), ran, NOON).in_row == in_row


@pytest.mark.parametrize(
    ("policy", "stopped", "starts"),
    [
        ("no", False, False),
        ("on-failure", False, False),
        ("always", False, True),
        ("always", True, True),
        ("unless-stopped", False, True),
        ("unless-stopped", True, False),
    ],
)
def test_what_starts_with_the_daemon(policy: str, stopped: bool, starts: bool) -> None:
    assert RestartPolicy.parse(policy).wants_start_with_daemon(stopped_by_user=stopped) is starts
