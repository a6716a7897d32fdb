"""What the daemon does without being asked by a user."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import structlog

from application.lifecycle.exits import Exits
from application.lifecycle.handle_exit import HandleExit
from application.lifecycle.reconcile import Reconcile
from application.lifecycle.restart_policy import PlanRestart
from application.lifecycle.rotate_logs import RotateLogs
from application.lifecycle.sweep_leftovers import SweepLeftovers
from application.ports.runtime import ContainerExits
from domain.errors import K3cError

_ROTATION = 2.0  # seconds; containerd writes 29 MB in one
_REPAIR = 30.0  # seconds
_WATCH_AGAIN = 0.1  # seconds
_log = structlog.get_logger("loops")


async def handle_exits(
    events: ContainerExits, exits: Exits, handle_exit: HandleExit, reconcile: Reconcile, restart: PlanRestart
) -> None:
    """Announce and handle every exit of a container; after a gap in the events, reconcile. Never returns."""
    booted = False
    async with asyncio.TaskGroup() as group:
        async for runtime_id in _watched(events.watch, "watch the ends of containers"):
            exits.announce(runtime_id)
            if runtime_id:
                work = handle_exit(runtime_id)
            else:
                work = reconcile() if booted else _boot(reconcile, restart)
                booted = True
            about = f"exit of {runtime_id or 'all'}"
            group.create_task(logged(work, about), name=about)


async def handle_memory(events: ContainerExits, handle_exit: HandleExit) -> None:
    """Tell of processes that the kernel ends for want of memory. Never returns."""
    async for runtime_id in _watched(events.watch_memory, "watch the memory of containers"):
        await logged(handle_exit.out_of_memory(runtime_id), f"memory of {runtime_id}")


async def _watched(watch: Callable[[], AsyncGenerator[str, None]], about: str) -> AsyncGenerator[str, None]:
    """What a watch gives. One that fails is logged and begun again, that of ends with a gap. Never ends."""
    while True:
        try:
            async for runtime_id in watch():
                yield runtime_id
        except Exception as error:  # noqa: BLE001 (logged, and the gap makes up for what was missed)
            failed(about, error)
        await asyncio.sleep(_WATCH_AGAIN)


async def rotate_logs(rotate: RotateLogs) -> None:
    """Rotate logs every few seconds. Never returns."""
    while True:
        await asyncio.sleep(_ROTATION)
        await logged(rotate(), "rotate logs")


async def repair(reconcile: Reconcile, sweep: SweepLeftovers) -> None:
    """Repair every now and then what a failure left unrepaired. Never returns."""
    while True:
        await asyncio.sleep(_REPAIR)
        await logged(reconcile(), "reconcile")
        await logged(sweep(), "sweep leftovers")


async def _boot(reconcile: Reconcile, restart: PlanRestart) -> None:
    await reconcile()
    await restart.at_boot()


async def logged(work: Awaitable[None], about: str) -> None:
    """Await work and log its failure: a container that cannot be handled must not keep others from being handled.

    The next gap in the events makes the daemon reconcile, which tries the failed work again.
    """
    try:
        await work
    except Exception as error:  # noqa: BLE001 (one failure stays one failure)
        failed(about, error)


def failed(work: str, error: Exception) -> None:
    """Log the failure of work that no caller waits for; one that was not foreseen with its traceback."""
    unforeseen = None if isinstance(error, K3cError) else error
    _log.warning("failed", work=work, error=type(error).__name__, problem=str(error), exc_info=unforeseen)
