"""`ps`: list containers."""

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
        """The containers that are up, newest first; all containers with `everything`.

        `last` (0 for no limit) gives at most so many of all containers. A filter for a state selects from all
        containers, too. Raises InvalidArgument, NotFound, AmbiguousReference.
        """
        chosen = filters or ContainerFilters()
        if not (everything or last or chosen.pairs):
            return await self.containers.up()
        found = chosen.apply(await self.containers.all())
        if last:
            return found[:last]
        shows_all = everything or chosen.name_states
        return tuple(container for container in found if shows_all or container.state.is_up)
