"""The schema, and the way to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from adapters.sqlite_state.containers import SqliteContainerStore
from adapters.sqlite_state.database import Database
from adapters.sqlite_state.migrate import HEAD, config, current_revision, downgrade, migrate, upgrade
from adapters.sqlite_state.tables import metadata
from domain.container import Attempt
from domain.errors import RuntimeFailed
from domain.network import PortBinding
from tests.unit.contracts.container_store_contract import a_record

NOWHERE = Path("/memory")


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def schema(connection: Connection) -> set[tuple[str, str]]:
    """What SQLite keeps of the schema, spaces and quotes apart."""
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {(name, "".join(sql.replace('"', "").split())) for name, sql in rows}


def test_the_code_knows_its_own_revision() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [HEAD]


def test_the_migrations_make_the_tables_of_the_code(connection: Connection) -> None:
    migrate(connection, NOWHERE)
    assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrated = {
        (name, tuple(sorted(str(key["name"]) for key in inspect(connection).get_foreign_keys(name))))
        for name in metadata.tables
    }
    coded = {
        (name, tuple(sorted(str(key.name) for key in table.foreign_key_constraints)))
        for name, table in metadata.tables.items()
    }
    assert migrated == coded


def test_they_go_down_and_up_again(connection: Connection) -> None:
    migrate(connection, NOWHERE)
    first = schema(connection)
    connection.execute(text("INSERT INTO settings (key, value) VALUES ('instance', 'x')"))
    downgrade(connection, "base")
    assert inspect(connection).get_table_names() == ["alembic_version"]
    upgrade(connection, "head")
    assert schema(connection) == first
    assert connection.execute(text("SELECT count(*) FROM settings")).scalar() == 0


def test_a_migration_twice_is_one(connection: Connection) -> None:
    assert current_revision(connection) is None
    for _ in range(2):
        migrate(connection, NOWHERE)
        assert current_revision(connection) == HEAD


async def test_down_and_up_with_data_of_every_kind(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "state.db")
    store = SqliteContainerStore(database)
    record = a_record()
    await store.add(record, ())
    await store.begin(record.id, Attempt(1, ports=(PortBinding(80, host_port=8080),)))
    await database.call(lambda connection: downgrade(connection, "base"))
    await database.aclose()
    database = await Database.open(tmp_path / "state.db")
    store = SqliteContainerStore(database)
    assert await store.list() == ()
    await store.add(record, ())
    assert await store.list() == (record,)
    await database.aclose()


def test_containers_of_the_first_schema_were_never_restarted(connection: Connection) -> None:
    upgrade(connection, "0001")
    columns = "id, name, spec, process, image_id, created_at, stopped_by_user"
    connection.execute(
        text(f"INSERT INTO containers ({columns}) VALUES ('c', 'web', '{{}}', '{{}}', '', '', 0)")
    )
    connection.execute(text("INSERT INTO attempts VALUES ('c', 1, 's', 'r', 'l')"))
    migrate(connection, NOWHERE)
    restarts = "SELECT restart_count, restarts_in_row, restart_at FROM containers"
    assert connection.execute(text(restarts)).one() == (0, 0, None)
    assert connection.execute(text("SELECT ended FROM attempts")).one() == (0,)


async def test_data_outlives_the_daemon(tmp_path: Path) -> None:
    records = [a_record("one"), a_record("two")]
    for record in records:
        database = await Database.open(tmp_path / "50% full" / "state.db")
        await SqliteContainerStore(database).add(record, ())
        await database.aclose()
    database = await Database.open(tmp_path / "50% full" / "state.db")
    assert {record.name for record in await SqliteContainerStore(database).list()} == {"one", "two"}
    await database.aclose()


async def test_a_newer_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "state.db")
    await database.call(
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    await database.aclose()
    for _ in range(2):
        with pytest.raises(RuntimeFailed) as caught:
            await Database.open(tmp_path / "state.db")
        assert caught.value.problem == "schema-newer"
        assert "9999" in caught.value.detail


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE settings (mine INTEGER)"))
    with pytest.raises(RuntimeFailed):
        await Database.open(path)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == ["settings"]
    engine.dispose()


def test_foreign_keys_cascade_and_restrict(connection: Connection) -> None:
    rules = {
        (name, key["constrained_columns"][0]): key["options"]["ondelete"]
        for name in _migrated(connection)
        for key in inspect(connection).get_foreign_keys(name)
    }
    assert rules == {
        ("attempts", "container_id"): "CASCADE",
        ("ports", "container_id"): "CASCADE",
        ("volume_uses", "container_id"): "CASCADE",
        ("volume_uses", "volume_name"): "RESTRICT",
    }


def _migrated(connection: Connection) -> list[str]:
    migrate(connection, NOWHERE)
    return inspect(connection).get_table_names()
