"""Health checks: what is asked for, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import InvalidArgument

_NONE = ("NONE",)
_SHELL = ("/bin/sh", "-c")
_KINDS = {"NONE": 1, "CMD": 2, "CMD-SHELL": 2}  # with the least number of words
_LONGEST = 10.0**9
_KEPT_PROBES = 5
LONGEST_OUTPUT = 4096
"""Bytes that are kept of what a probe wrote."""


@dataclass(frozen=True)
class Healthcheck:
    """A check as images and users state it; what is not stated ((), 0) is left to the layer defaults.

    `test` is `("CMD", program, …)`, `("CMD-SHELL", script)` or `("NONE",)`. Durations are in seconds.
    Without a word of anybody a probe may take 30 seconds, one is made every 30 seconds and three that
    fail in a row make it unhealthy. While a container is starting it is probed every `start_interval`
    (5 seconds at most, and the interval), and failures within `start_period` do not count.
    """

    test: tuple[str, ...] = ()
    interval: float = 0
    timeout: float = 0
    start_period: float = 0
    start_interval: float = 0
    retries: int = 0

    def check(self) -> Healthcheck:
        """Return itself if every number can be used; raises InvalidArgument."""
        numbers = (self.interval, self.timeout, self.start_period, self.start_interval, self.retries)
        if not all(0 <= number <= _LONGEST for number in numbers):
            raise InvalidArgument("health check", "", "health-number")
        if self.test and (self.test[0] not in _KINDS or len(self.test) < _KINDS[self.test[0]]):
            raise InvalidArgument("health check", " ".join(self.test), "health-form")
        return self

    def with_defaults(self, defaults: Healthcheck) -> Healthcheck:
        """This check, with what is not stated taken from `defaults`."""
        return Healthcheck(
            test=self.test or defaults.test,
            interval=self.interval or defaults.interval,
            timeout=self.timeout or defaults.timeout,
            start_period=self.start_period or defaults.start_period,
            start_interval=self.start_interval or defaults.start_interval,
            retries=self.retries or defaults.retries,
        )

    @property
    def is_on(self) -> bool:
        """Whether there is anything to be run."""
        return bool(self.test) and self.test != _NONE

    @property
    def command(self) -> tuple[str, ...]:
        """What a probe executes in the container."""
        kind, *rest = self.test
        return (*_SHELL, *rest) if kind == "CMD-SHELL" else tuple(rest)

    @property
    def probe_interval(self) -> float:
        """Seconds between probes."""
        return self.interval or 30.0

    @property
    def probe_timeout(self) -> float:
        """Seconds that a probe may take."""
        return self.timeout or 30.0

    @property
    def first_interval(self) -> float:
        """Seconds between probes of a container that is starting."""
        return min(self.start_interval or 5.0, self.probe_interval)

    @property
    def allowed_failures(self) -> int:
        """The failure in a row that makes it unhealthy."""
        return self.retries or 3


class HealthStatus(StrEnum):
    """docker's words."""

    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True)
class Probe:
    """One run of a check: `exit_code` -1 when it could not be run or took too long."""

    started_at: datetime
    ended_at: datetime
    exit_code: int
    output: str = ""


@dataclass(frozen=True)
class Health:
    """How a container is: `probes` are the last ones, oldest first. `counted_at` is when a failure last counted."""

    since: datetime
    status: HealthStatus = HealthStatus.STARTING
    failing_streak: int = 0
    probes: tuple[Probe, ...] = ()
    counted_at: datetime | None = None

    @property
    def output(self) -> str:
        """What the last probe wrote."""
        return self.probes[-1].output if self.probes else ""

    def after(self, probe: Probe, check: Healthcheck) -> Health:
        """The health that a probe leads to."""
        kept = replace(self, probes=(*self.probes, probe)[-_KEPT_PROBES:])
        if probe.exit_code == 0:
            return replace(kept, status=HealthStatus.HEALTHY, failing_streak=0, counted_at=None)
        if not self._counts(probe, check):
            return kept
        streak = self.failing_streak + 1
        failed = streak >= check.allowed_failures
        status = HealthStatus.UNHEALTHY if failed else self.status
        return replace(kept, status=status, failing_streak=streak, counted_at=probe.ended_at)

    def _counts(self, probe: Probe, check: Healthcheck) -> bool:
        """Of a container that is starting, failures count once an interval, and not in the start period."""
        if self.status is not HealthStatus.STARTING:
            return True
        if probe.started_at < self.since + timedelta(seconds=check.start_period):
            return False
        return probe.ended_at >= (self.counted_at or self.since) + timedelta(seconds=check.probe_interval)


def exceeded(timeout: float) -> str:
    """What is recorded of a probe that took longer than `timeout` seconds, in docker's words."""
    shown = f"{timeout * 1000:g}ms" if timeout < 1 else f"{timeout:g}s"
    return f"Health check exceeded timeout ({shown})"
