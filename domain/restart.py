"""Starting again what ended: how often it was done, and when it is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Restarts:
    """Restarts by policy since a user last started the container.

    `count` is all of them, `in_row` those with no long run in between; `next_at` is when the one that
    is planned is due, None when none is.
    """

    count: int = 0
    in_row: int = 0
    next_at: datetime | None = None


@dataclass(frozen=True)
class Backoff:
    """How long to wait before a restart: the kubelet's way with containers that crash again and again.

    The first restart comes at once, the second `first` after the end of the container, then twice as
    long each time up to `longest`. A container that ran for `reset_after` starts counting again.
    """

    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(minutes=5)
    reset_after: timedelta = timedelta(minutes=10)

    def plan(self, before: Restarts, ran: timedelta, ended_at: datetime) -> Restarts:
        """One more restart, of a container that ran so long and ended then."""
        in_row = 0 if ran >= self.reset_after else before.in_row
        return Restarts(before.count + 1, in_row + 1, ended_at + self._pause(in_row))

    def _pause(self, in_row: int) -> timedelta:
        if in_row == 0:
            return timedelta()
        doublings = min(in_row - 1, 32)  # beyond that any pause is the longest
        return min(self.first * (1 << doublings), self.longest)
