"""Removing what an interrupted runtime left behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from application.ports.leftovers import Leftover, Leftovers
from application.support.each_alone import EachAlone


@dataclass(frozen=True)
class SweepLeftovers:
    """Removes leftovers that were there the last time as well: one that is new may be in the making."""

    leftovers: Leftovers
    each_alone: EachAlone
    _seen: set[Leftover] = field(default_factory=set, init=False)

    async def __call__(self, *, nothing_in_the_making: bool = False) -> None:
        """Remove what was found twice; what is found once if nothing can be in the making.

        What cannot be removed is logged, and tried again the next time. Raises Unavailable.
        """
        found = await self.leftovers.find()
        due = found if nothing_in_the_making else found & self._seen
        self._seen.clear()
        self._seen.update(found)
        await self.each_alone(
            "remove a leftover,",
            {f"{one.kind} {one.place}": partial(self.leftovers.remove, one) for one in due},
        )
