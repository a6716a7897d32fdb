"""What every OomScores does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from application.ports.processes import OomScores
from domain.errors import InvalidArgument


@dataclass(frozen=True)
class ScoredWorld:
    """Two processes with the score 0, the number of no process, and how a process's score is looked up.

    `too_low` is a score for which the privileges are missing, None where there is none.
    """

    oom_scores: OomScores
    pids: tuple[int, int]
    no_pid: int
    score_of: Callable[[int], int]
    too_low: int | None


class OomScoresContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> ScoredWorld:
        raise NotImplementedError

    async def test_all_get_it_and_it_is_told_whether_any_had_another(self, subject: ScoredWorld) -> None:
        first, second = subject.pids
        assert await subject.oom_scores.set((first,), 300)
        assert (subject.score_of(first), subject.score_of(second)) == (300, 0)
        assert await subject.oom_scores.set(subject.pids, 300)
        assert not await subject.oom_scores.set(subject.pids, 300)
        assert [subject.score_of(pid) for pid in subject.pids] == [300, 300]
        assert await subject.oom_scores.set(subject.pids, 0)
        assert [subject.score_of(pid) for pid in subject.pids] == [0, 0]

    async def test_what_has_ended_is_passed_over(self, subject: ScoredWorld) -> None:
        assert not await subject.oom_scores.set((subject.no_pid,), 100)
        assert await subject.oom_scores.set((subject.no_pid, *subject.pids), 100)
        assert subject.score_of(subject.pids[1]) == 100

    async def test_what_needs_privileges_is_refused(self, subject: ScoredWorld) -> None:
        if subject.too_low is None:
            pytest.skip("this process may set every score")
        with pytest.raises(InvalidArgument) as raised:
            await subject.oom_scores.set(subject.pids, subject.too_low)
        assert raised.value.fields() == {
            "what": "OOM score",
            "value": str(subject.too_low),
            "problem": "oom-score-privileged",
            "detail": "",
        }
        assert subject.score_of(subject.pids[0]) == 0
