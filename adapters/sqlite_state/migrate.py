"""Migrating a database to the schema of this code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from domain.errors import RuntimeFailed

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0005"
_VERSIONS = "alembic_version"


def migrate(connection: Connection, path: Path) -> None:
    """Apply the missing migrations within the connection's transaction: all of them, or nothing.

    Foreign keys must not be enforced meanwhile (replacing a table would cascade); they are checked at the
    end. Raises RuntimeFailed if a newer k3c made the database.
    """
    revision = current_revision(connection)
    if revision == HEAD:
        return
    _check_known(revision, path)
    upgrade(connection, HEAD)
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise RuntimeFailed("state", f"{path}: the migration from {revision} breaks a foreign key")


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the database, None for an empty database."""
    if not inspect(connection).has_table(_VERSIONS):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalar()  # noqa: S608  a constant


def upgrade(connection: Connection, revision: str) -> None:
    """Migrate up to a revision."""
    # Imported where needed: most starts find the schema in order, and alembic takes a while to load.
    from alembic import command

    command.upgrade(config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Migrate down to a revision; "base" is an empty database."""
    from alembic import command

    command.downgrade(config(connection), revision)


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, which needs no file."""
    from alembic.config import Config

    made = Config()
    # Percent signs would be read as interpolation.
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def _check_known(revision: str | None, path: Path) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise RuntimeFailed("state", f"{path} has schema {revision}, which a newer k3c wrote: use that one")
