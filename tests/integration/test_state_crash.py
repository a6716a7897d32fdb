"""What SQLite keeps when the daemon is killed."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import sys
from pathlib import Path

from adapters.sqlite_state.containers import SqliteContainerStore
from adapters.sqlite_state.database import Database

_ROUNDS = 6
_WRITER = """
import asyncio, sys
from pathlib import Path
from adapters.sqlite_state.containers import SqliteContainerStore
from adapters.sqlite_state.database import Database
from domain.container import Attempt
from domain.network import PortBinding
from tests.unit.contracts.container_store_contract import a_record

async def main() -> None:
    store = SqliteContainerStore(await Database.open(Path(sys.argv[1])))
    for number in range(100_000):
        record = a_record(f"r{sys.argv[2]}-{number}")
        await store.add(record, ())
        port = 1 + int(sys.argv[2]) * 10000 + number % 9999
        await store.begin(record.id, Attempt(1, ports=(PortBinding(80, host_port=port),)))
        print(record.id, flush=True)
        await store.end(record.id)

asyncio.run(main())
"""


async def kept_until_killed(path: Path, turn: int) -> list[str]:
    """Ids that a writer said it had kept, before it was killed at a random moment."""
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WRITER, str(path), str(turn),
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    assert writer.stdout is not None
    first = await writer.stdout.readline()
    await asyncio.sleep(random.uniform(0, 0.15))
    writer.kill()
    said = first + await writer.stdout.read()
    await writer.wait()
    return said.decode().rpartition("\n")[0].split()


async def test_what_was_said_to_be_kept_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    kept: set[str] = set()
    for turn in range(_ROUNDS):
        kept |= set(await kept_until_killed(path, turn))
        database = await Database.open(path)
        records = await SqliteContainerStore(database).list()
        await database.aclose()
        assert kept <= {record.id for record in records}
        with sqlite3.connect(path) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        raw.close()
    assert len(kept) >= _ROUNDS
