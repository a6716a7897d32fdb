"""The tables. They do not contain what the runtime itself knows."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, MetaData, String, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _container() -> Column[str]:
    return Column("container_id", String, ForeignKey("containers.id", ondelete="CASCADE"), primary_key=True)


containers = Table(
    "containers",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("spec", JSON, nullable=False),
    Column("process", JSON, nullable=False),
    Column("image_id", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("stopped_by_user", Boolean, nullable=False),
    Column("restart_count", Integer, nullable=False, server_default="0"),
    Column("restarts_in_row", Integer, nullable=False, server_default="0"),
    Column("restart_at", String),
)

attempts = Table(
    "attempts",
    metadata,
    _container(),
    Column("number", Integer, primary_key=True),
    Column("sandbox_id", String, nullable=False),
    Column("runtime_id", String, nullable=False),
    Column("log_path", String, nullable=False),
    Column("ended", Boolean, nullable=False, server_default="0"),
    Column("exit_code", Integer),
    Column("finished_at", String),
)

ports = Table(
    "ports",
    metadata,
    _container(),
    Column("host_address", String, primary_key=True),
    Column("host_port", Integer, primary_key=True),
    Column("protocol", String, primary_key=True),
    Column("container_port", Integer, primary_key=True),
)

volumes = Table(
    "volumes",
    metadata,
    Column("name", String, primary_key=True),
    Column("path", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("anonymous", Boolean, nullable=False),
)

volume_uses = Table(
    "volume_uses",
    metadata,
    _container(),
    Column("volume_name", String, ForeignKey("volumes.name", ondelete="RESTRICT"), primary_key=True),
)

settings = Table(
    "settings",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("time", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("name", String, nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("uid", Integer),
    Column("pid", Integer),
    sqlite_autoincrement=True,
)
