"""What the daemon does without being asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog

from application.exits import Exits
from application.ports.runtime import ContainerExits
from application.use_cases.reconcile import Reconcile
from application.use_cases.settle_exit import SettleExit
from domain.errors import K3cError

_log = structlog.get_logger("loops")


async def settle_exits(
    events: ContainerExits, exits: Exits, settle: SettleExit, reconcile: Reconcile
) -> None:
    """Announce and settle every end of a container; after a gap, put everything right. Never returns."""
    async with asyncio.TaskGroup() as group:
        async for runtime_id in events.watch():
            exits.announce(runtime_id)
            work = settle(runtime_id) if runtime_id else reconcile()
            group.create_task(_logged(work, runtime_id), name=f"settle {runtime_id[:12] or 'all'}")


async def _logged(work: Awaitable[None], runtime_id: str) -> None:
    """One container that cannot be settled must not keep the others from it: the next gap tries again."""
    try:
        await work
    except K3cError as error:
        _log.warning("could not settle", container=runtime_id, error=type(error).__name__, problem=str(error))
