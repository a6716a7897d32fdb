"""Changes of containers in SQLite."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from adapters.sqlite_state import mapping
from adapters.sqlite_state.database import Database
from adapters.sqlite_state.tables import attempts, containers
from domain.container import ExitStatus
from domain.errors import AlreadyExists, NotFound
from domain.restart import Restarts
from domain.spec import ContainerSpec, Process


class SqliteContainerChanges:
    """application.ports.state.ContainerChanges."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rename(self, container_id: str, name: str) -> None:
        """Give a container another name."""
        await self._database.call(lambda connection: _rename(connection, container_id, name))

    async def redefine(self, container_id: str, spec: ContainerSpec, process: Process) -> None:
        """Replace the spec and process that the next attempt is made from."""
        values = {"spec": mapping.spec_to_json(spec), "process": mapping.process_to_json(process)}
        await self._database.call(lambda connection: _change(connection, container_id, values))

    async def plan_restart(self, container_id: str, restarts: Restarts) -> None:
        """Store how often the container was restarted, and when it is restarted next."""
        values = {
            "restart_count": restarts.count,
            "restarts_in_row": restarts.in_row,
            "restart_at": None if restarts.next_at is None else mapping.time_to_text(restarts.next_at),
        }
        await self._database.call(lambda connection: _change(connection, container_id, values))

    async def keep_exit(self, runtime_id: str, status: ExitStatus) -> None:
        """Store how the attempt of this runtime id ended."""
        await self._database.call(lambda connection: _keep_exit(connection, runtime_id, status))


def _rename(connection: Connection, container_id: str, name: str) -> None:
    try:
        _change(connection, container_id, {"name": name})
    except IntegrityError as error:
        holder = connection.execute(select(containers.c.id).where(containers.c.name == name)).scalar_one()
        raise AlreadyExists("container", name, holder) from error


def _change(connection: Connection, container_id: str, values: dict[str, Any]) -> None:
    change = update(containers).where(containers.c.id == container_id).values(**values)
    if connection.execute(change).rowcount == 0:
        raise NotFound("container", container_id)


def _keep_exit(connection: Connection, runtime_id: str, status: ExitStatus) -> None:
    change = update(attempts).where(attempts.c.runtime_id == runtime_id)
    if connection.execute(change.values(**mapping.exit_columns(status))).rowcount == 0:
        raise NotFound("container", runtime_id)
