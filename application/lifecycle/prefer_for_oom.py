"""How readily the kernel ends the processes of a running container when memory is short."""

from __future__ import annotations

from dataclasses import dataclass

from application.ports.processes import ContainerPids, OomScores


@dataclass(frozen=True)
class PreferForOom:
    """Gives a score to all processes of a container, whose children inherit it.

    What `exec` runs later begins with the score that the container was started with.
    """

    pids: ContainerPids
    oom_scores: OomScores

    async def __call__(self, runtime_id: str, score: int) -> None:
        """Raises NotFound if the container does not run, InvalidArgument if k3c lacks the privileges."""
        # A process that was made while the others were changed may have its parent's former score.
        while await self.oom_scores.set(await self.pids.all(runtime_id), score):
            continue
