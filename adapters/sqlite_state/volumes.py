"""The volume store in SQLite."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from adapters.sqlite_state import mapping
from adapters.sqlite_state.database import Database
from adapters.sqlite_state.tables import containers, volume_uses, volumes
from domain.errors import AlreadyExists, InUse, NotFound
from domain.volume import Volume


class SqliteVolumeStore:
    """application.ports.state.VolumeStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, volume: Volume) -> Volume:
        """Store a volume, or return the existing volume with this name."""
        return await self._database.call(lambda connection: _add(connection, volume))

    async def list(self) -> tuple[Volume, ...]:
        """Return all volumes by name."""
        return await self._database.call(_list)

    async def get(self, name: str) -> Volume:
        """The volume of this name."""
        return await self._database.call(lambda connection: _get(connection, name))

    async def users(self, name: str) -> tuple[str, ...]:
        """Return the names of the containers that use the volume, sorted."""
        return await self._database.call(lambda connection: _users(connection, name))

    async def rename(self, name: str, volume: Volume) -> None:
        """Rename the row; the uses, and the mounts in the containers' specs, follow the new name."""
        await self._database.call(lambda connection: _rename(connection, name, volume))

    async def remove(self, name: str) -> None:
        """Remove the volume's row."""
        await self._database.call(lambda connection: _remove(connection, name))


def _add(connection: Connection, volume: Volume) -> Volume:
    row = insert(volumes).values(
        name=volume.name,
        path=volume.path,
        created_at=mapping.time_to_text(volume.created_at),
        labels=volume.labels,
        anonymous=volume.anonymous,
    )
    connection.execute(row.on_conflict_do_nothing())
    return _volume(connection.execute(select(volumes).where(volumes.c.name == volume.name)).one())


def _list(connection: Connection) -> tuple[Volume, ...]:
    return tuple(_volume(row) for row in connection.execute(select(volumes).order_by(volumes.c.name)))


def _get(connection: Connection, name: str) -> Volume:
    row = connection.execute(select(volumes).where(volumes.c.name == name)).first()
    if row is None:
        raise NotFound("volume", name)
    return _volume(row)


def _volume(row: Row[Any]) -> Volume:
    return Volume(row.name, row.path, mapping.time_from_text(row.created_at), row.labels, row.anonymous)


def _users(connection: Connection, name: str) -> tuple[str, ...]:
    using = select(containers.c.name).join(volume_uses).where(volume_uses.c.volume_name == name)
    return tuple(connection.execute(using.order_by(containers.c.name)).scalars())


def _rename(connection: Connection, name: str, volume: Volume) -> None:
    if not connection.execute(select(volumes).where(volumes.c.name == name)).first():
        raise NotFound("volume", name)
    if connection.execute(select(volumes).where(volumes.c.name == volume.name)).first():
        raise AlreadyExists("volume", volume.name, volume.name)
    _add(connection, volume)
    using = select(containers).join(volume_uses).where(volume_uses.c.volume_name == name)
    for row in connection.execute(using).all():
        mounts = [
            {**mount, "source": volume.name}
            if (mount["kind"], mount["source"]) == ("volume", name)
            else mount
            for mount in row.spec["mounts"]
        ]
        changed = update(containers).where(containers.c.id == row.id)
        connection.execute(changed.values(spec={**row.spec, "mounts": mounts}))
    moved = update(volume_uses).where(volume_uses.c.volume_name == name)
    connection.execute(moved.values(volume_name=volume.name))
    connection.execute(delete(volumes).where(volumes.c.name == name))


def _remove(connection: Connection, name: str) -> None:
    if users := _users(connection, name):
        raise InUse("volume", name, users[0])
    if connection.execute(delete(volumes).where(volumes.c.name == name)).rowcount == 0:
        raise NotFound("volume", name)
