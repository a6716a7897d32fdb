"""The container store in SQLite."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    String,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import IntegrityError

from adapters.sqlite_state import mapping
from adapters.sqlite_state.database import Database
from adapters.sqlite_state.tables import attempts, containers, ports, volume_uses
from domain.container import Attempt, ContainerRecord
from domain.errors import AlreadyExists, NotFound, PortInUse
from domain.network import PortBinding

# JSON as its text: what the same text means is remembered.
_COLUMNS = [
    type_coerce(column, String).label(column.name) if column.name in {"spec", "process"} else column
    for column in containers.c
]
# The statements that read are made once, which takes longer than to execute one.
_RECORDS = (
    select(*_COLUMNS, *(column for column in attempts.c if column is not attempts.c.container_id))
    .select_from(containers.outerjoin(attempts))
    .order_by(containers.c.created_at.desc(), containers.c.id, attempts.c.number)
)
_UNFINISHED = _RECORDS.where(or_(attempts.c.ended.is_(False), containers.c.restart_at.is_not(None)))
_OF_ID = _RECORDS.where(containers.c.id == bindparam("id"))
_MATCHING = _RECORDS.where(
    or_(
        containers.c.name == bindparam("reference"),
        func.substr(containers.c.id, 1, bindparam("length")) == bindparam("reference"),  # LIKE takes A for a
    )
)
_PORTS = select(ports)
_PORTS_OF = _PORTS.where(ports.c.container_id == bindparam("id"))


class SqliteContainerStore:
    """application.ports.state.ContainerStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, record: ContainerRecord, volumes: tuple[str, ...]) -> None:
        """Store a new record that uses these volumes."""
        await self._database.call(lambda connection: _add(connection, record, volumes))

    async def list(self) -> tuple[ContainerRecord, ...]:
        """Return all records, newest first."""
        return await self._database.call(lambda connection: _records(connection, _RECORDS))

    async def unfinished(self) -> tuple[ContainerRecord, ...]:
        """Those that may be up, newest first."""
        return await self._database.call(lambda connection: _records(connection, _UNFINISHED))

    async def matching(self, reference: str) -> tuple[ContainerRecord, ...]:
        """Those that the reference could mean."""
        return await self._database.call(lambda connection: _matching(connection, reference))

    async def get(self, container_id: str) -> ContainerRecord:
        """The record of this id."""
        return await self._database.call(lambda connection: _get(connection, container_id))

    async def by_runtime_id(self, runtime_id: str) -> ContainerRecord:
        """The record whose attempt has this id in the runtime."""
        return await self._database.call(lambda connection: _by_runtime_id(connection, runtime_id))

    async def begin(self, container_id: str, attempt: Attempt) -> None:
        """Make `attempt` the container's attempt, and hold its ports."""
        await self._database.call(lambda connection: _begin(connection, container_id, attempt))

    async def end(self, container_id: str, *, forget: bool = False) -> None:
        """Release the ports of the container's attempt."""
        await self._database.call(lambda connection: _end(connection, container_id, forget=forget))

    async def mark_stopped(self, container_id: str) -> None:
        """Note that a user stopped the container."""
        noted = {"stopped_by_user": True, "restart_at": None}
        change = update(containers).where(containers.c.id == container_id).values(**noted)
        await self._database.call(lambda connection: connection.execute(change))

    async def remove(self, container_id: str) -> None:
        """Remove the container's rows in all tables."""
        gone = delete(containers).where(containers.c.id == container_id)
        await self._database.call(lambda connection: connection.execute(gone))


def _add(connection: Connection, record: ContainerRecord, volumes: tuple[str, ...]) -> None:
    try:
        connection.execute(
            insert(containers).values(
                id=record.id,
                name=record.name,
                spec=mapping.spec_to_json(record.spec),
                process=mapping.process_to_json(record.process),
                image_id=record.image_id,
                created_at=mapping.time_to_text(record.created_at),
                stopped_by_user=record.stopped_by_user,
            )
        )
    except IntegrityError as error:
        holder = connection.execute(select(containers.c.id).where(containers.c.name == record.name)).scalar()
        raise AlreadyExists("container", record.name, holder or record.id) from error
    for volume in dict.fromkeys(volumes):
        _use(connection, record.id, volume)


def _use(connection: Connection, container_id: str, volume: str) -> None:
    try:
        connection.execute(insert(volume_uses).values(container_id=container_id, volume_name=volume))
    except IntegrityError as error:
        raise NotFound("volume", volume) from error


def _records(
    connection: Connection, statement: Select[Any], **parameters: object
) -> tuple[ContainerRecord, ...]:
    """Read the records of a statement like _RECORDS, in its order, each with its last attempt."""
    rows = {row.id: row for row in connection.execute(statement, parameters)}
    if not rows:
        return ()
    held: dict[str, list[PortBinding]] = defaultdict(list)
    only = next(iter(rows)) if len(rows) == 1 else ""
    for row in connection.execute(_PORTS_OF if only else _PORTS, {"id": only} if only else {}):
        held[row.container_id].append(_port(row))
    return tuple(_record(row, held[row.id]) for row in rows.values())


def _matching(connection: Connection, reference: str) -> tuple[ContainerRecord, ...]:
    return _records(connection, _MATCHING, reference=reference, length=len(reference))


def _get(connection: Connection, container_id: str) -> ContainerRecord:
    found = _records(connection, _OF_ID, id=container_id)
    if not found:
        raise NotFound("container", container_id)
    return found[0]


def _by_runtime_id(connection: Connection, runtime_id: str) -> ContainerRecord:
    of_attempt = select(attempts.c.container_id).where(attempts.c.runtime_id == runtime_id)
    container_id = connection.execute(of_attempt).scalar() if runtime_id else None
    if container_id is None:
        raise NotFound("container", runtime_id)
    return _get(connection, container_id)


def _record(row: Row[Any], held: list[PortBinding]) -> ContainerRecord:
    return ContainerRecord(
        id=row.id,
        name=row.name,
        spec=mapping.spec_from_text(row.spec),
        process=mapping.process_from_text(row.process),
        image_id=row.image_id,
        created_at=mapping.time_from_text(row.created_at),
        attempt=None if row.number is None else _attempt(row, held),
        stopped_by_user=row.stopped_by_user,
        restarts=mapping.restarts(row.restart_count, row.restarts_in_row, row.restart_at),
    )


def _attempt(row: Row[Any], held: list[PortBinding]) -> Attempt:
    return Attempt(
        row.number,
        row.sandbox_id,
        row.runtime_id,
        row.log_path,
        tuple(sorted(held)),
        row.ended,
        mapping.exit_status(row.exit_code, row.finished_at),
    )


def _port(row: Row[Any]) -> PortBinding:
    return PortBinding(row.container_port, row.protocol, row.host_address, row.host_port)


def _begin(connection: Connection, container_id: str, attempt: Attempt) -> None:
    afresh = {"stopped_by_user": False, "restart_at": None}
    change = update(containers).where(containers.c.id == container_id).values(**afresh)
    if connection.execute(change).rowcount == 0:
        raise NotFound("container", container_id)
    _check_ports(connection, container_id, attempt.ports)
    # Earlier attempts are of no more use, but their numbers must not be used again.
    connection.execute(
        delete(attempts).where(attempts.c.container_id == container_id, attempts.c.number < attempt.number)
    )
    values = {
        "sandbox_id": attempt.sandbox_id,
        "runtime_id": attempt.runtime_id,
        "log_path": attempt.log_path,
        "ended": attempt.ended,
        **mapping.exit_columns(attempt.exit),
    }
    row = upsert(attempts).values(container_id=container_id, number=attempt.number, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["container_id", "number"], set_=values))
    connection.execute(delete(ports).where(ports.c.container_id == container_id))
    for port in attempt.ports:
        connection.execute(
            insert(ports).values(
                container_id=container_id,
                host_address=port.host_address,
                host_port=port.host_port,
                protocol=port.protocol,
                container_port=port.container_port,
            )
        )


def _check_ports(connection: Connection, container_id: str, wanted: tuple[PortBinding, ...]) -> None:
    others = select(ports, containers.c.name).join(containers).where(ports.c.container_id != container_id)
    for row in connection.execute(others):
        for port in wanted:
            if port.overlaps(_port(row)):
                raise PortInUse(str(port), row.name, "")


def _end(connection: Connection, container_id: str, *, forget: bool) -> None:
    connection.execute(delete(ports).where(ports.c.container_id == container_id))
    left: dict[str, Any] = {"ended": True}
    if forget:
        left |= {"sandbox_id": "", "runtime_id": "", **mapping.exit_columns(None)}
    connection.execute(update(attempts).where(attempts.c.container_id == container_id).values(**left))
