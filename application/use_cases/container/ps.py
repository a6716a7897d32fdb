"""Listing containers."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from domain.container import Container
from domain.filters import ContainerFilters


@dataclass(frozen=True)
class ListContainers:
    """`ps`."""

    containers: Containers

    async def __call__(
        self, *, everything: bool, filters: ContainerFilters | None = None, last: int = 0
    ) -> tuple[Container, ...]:
        """Those that are up, or with `everything` all, newest first; with `last`, at most so many of all.

        A filter for a state asks for all as well. Raises InvalidArgument, NotFound, AmbiguousReference.
        """
        chosen = filters or ContainerFilters()
        found = chosen.apply(await self.containers.all())
        if last:
            return found[:last]
        return tuple(one for one in found if everything or chosen.name_states or one.state.is_up)
