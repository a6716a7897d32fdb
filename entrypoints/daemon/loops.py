"""What the daemon does without being asked by a user."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog

from application.lifecycle.exits import Exits
from application.lifecycle.handle_exit import HandleExit
from application.lifecycle.reconcile import Reconcile
from application.lifecycle.restart_policy import PlanRestart
from application.lifecycle.rotate_logs import RotateLogs
from application.ports.runtime import ContainerExits
from domain.errors import K3cError

_ROTATION = 2.0  # seconds; containerd writes 29 MB in one
_log = structlog.get_logger("loops")


async def handle_exits(
    events: ContainerExits, exits: Exits, handle_exit: HandleExit, reconcile: Reconcile, restart: PlanRestart
) -> None:
    """Announce and handle every exit of a container; after a gap in the events, reconcile. Never returns."""
    booted = False
    async with asyncio.TaskGroup() as group:
        async for runtime_id in events.watch():
            exits.announce(runtime_id)
            if runtime_id:
                work = handle_exit(runtime_id)
            else:
                work = reconcile() if booted else _boot(reconcile, restart)
                booted = True
            group.create_task(_logged(work, runtime_id), name=f"exit of {runtime_id[:12] or 'all'}")


async def rotate_logs(rotate: RotateLogs) -> None:
    """Rotate logs every few seconds. Never returns."""
    while True:
        await asyncio.sleep(_ROTATION)
        await _logged(rotate(), "logs")


async def _boot(reconcile: Reconcile, restart: PlanRestart) -> None:
    await reconcile()
    await restart.at_boot()


async def _logged(work: Awaitable[None], runtime_id: str) -> None:
    """Await work and log its failure: a container that cannot be handled must not keep others from being handled.

    The next gap in the events makes the daemon reconcile, which tries the failed work again.
    """
    try:
        await work
    except K3cError as error:
        failed(f"exit of {runtime_id or 'all'}", error)


def failed(work: str, error: K3cError) -> None:
    """Log the failure of work that no caller waits for."""
    _log.warning("failed", work=work, error=type(error).__name__, problem=str(error))
