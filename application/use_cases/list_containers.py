"""Listing containers."""

from __future__ import annotations

from application.containers import Containers
from domain.container import Container


class ListContainers:
    """`ps`."""

    def __init__(self, containers: Containers) -> None:
        self._containers = containers

    async def __call__(self, *, everything: bool) -> tuple[Container, ...]:
        """Those that are up, or with `everything` all; newest first."""
        found = await self._containers.all()
        return tuple(one for one in found if everything or one.state.is_up)
