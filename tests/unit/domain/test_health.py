"""What health checks ask for, and what comes of probes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import InvalidArgument
from domain.health import Health, Healthcheck, HealthStatus, Probe

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
CHECK = Healthcheck(("CMD-SHELL", "well"), interval=10, retries=2)


def probed(check: Healthcheck, *probes: tuple[float, int]) -> Health:
    """The health after probes that began so many seconds after the start, with their exit codes."""
    health = Health(NOON)
    for at, code in probes:
        time = NOON + timedelta(seconds=at)
        health = health.after(Probe(time, time, code, f"{at:g}"), check)
    return health


def test_a_users_check_is_laid_over_the_images() -> None:
    image = Healthcheck(("CMD", "a", "b"), interval=1, timeout=2, start_period=3, start_interval=4, retries=5)
    user = Healthcheck(interval=10, retries=2)
    assert user.with_defaults(image) == Healthcheck(("CMD", "a", "b"), 10, 2, 3, 4, 2)
    assert not Healthcheck(("NONE",)).with_defaults(image).is_on
    assert not Healthcheck().is_on
    assert image.is_on


def test_commands_and_defaults() -> None:
    assert Healthcheck(("CMD", "a", "b")).command == ("a", "b")
    assert CHECK.command == ("/bin/sh", "-c", "well")
    unstated = Healthcheck(("CMD", "a"))
    assert (
        unstated.probe_interval,
        unstated.probe_timeout,
        unstated.first_interval,
        unstated.allowed_failures,
    ) == (
        30,
        30,
        5,
        3,
    )
    assert Healthcheck(interval=1).first_interval == 1


@pytest.mark.parametrize(
    "check",
    [
        Healthcheck(interval=-1),
        Healthcheck(retries=-1),
        Healthcheck(timeout=float("nan")),
        Healthcheck(start_period=float("inf")),
        Healthcheck(("WHAT", "x")),
        Healthcheck(("CMD",)),
    ],
)
def test_what_cannot_be_done(check: Healthcheck) -> None:
    with pytest.raises(InvalidArgument):
        check.check()


def test_one_success_is_enough() -> None:
    assert probed(CHECK, (0, 1), (5, 1), (9, 0)).status is HealthStatus.HEALTHY


def test_early_failures_count_once_an_interval() -> None:
    assert probed(CHECK, (0, 1), (5, 1), (9, 1)).failing_streak == 0
    starting = probed(CHECK, (0, 1), (5, 1), (10, 1), (15, 1))
    assert (starting.status, starting.failing_streak) == (HealthStatus.STARTING, 1)
    assert probed(CHECK, (10, 1), (15, 1), (20, 1)).status is HealthStatus.UNHEALTHY


def test_failures_of_the_start_period_do_not_count() -> None:
    check = Healthcheck(CHECK.test, interval=10, retries=1, start_period=60)
    assert probed(check, (10, 1), (59, 1)).status is HealthStatus.STARTING
    assert probed(check, (10, 1), (60, 1)).status is HealthStatus.UNHEALTHY


def test_a_healthy_one_fails_so_often_in_a_row() -> None:
    assert probed(CHECK, (0, 0), (1, 1), (2, 0), (3, 1)).status is HealthStatus.HEALTHY
    failed = probed(CHECK, (0, 0), (1, 1), (2, -1))
    assert (failed.status, failed.failing_streak, failed.output) == (HealthStatus.UNHEALTHY, 2, "2")
    assert failed.after(Probe(NOON, NOON, 0), CHECK) == Health(
        NOON, HealthStatus.HEALTHY, 0, (*failed.probes, Probe(NOON, NOON, 0))
    )


def test_the_last_five_probes_are_kept() -> None:
    assert [probe.output for probe in probed(CHECK, *((at, 0) for at in range(9))).probes] == list("45678")
    assert Health(NOON).output == ""
