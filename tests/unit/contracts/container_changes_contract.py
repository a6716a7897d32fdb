"""What every ContainerChanges does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from application.ports.state import ContainerChanges, ContainerStore
from domain.container import Attempt, ContainerRecord, ExitStatus
from domain.errors import AlreadyExists, NotFound
from domain.restart import Restarts
from domain.spec import Resources
from tests.unit.contracts.container_store_contract import NOON, a_record

PLANNED = Restarts(3, 2, NOON + timedelta(seconds=1.5))


@dataclass(frozen=True)
class State:
    """A store and the changes in it."""

    containers: ContainerStore
    changes: ContainerChanges

    async def only(self) -> ContainerRecord:
        """The one record."""
        (record,) = await self.containers.list()
        return record


class ContainerChangesContract:
    """Override `subject`: a store with nothing in it."""

    @pytest.fixture
    def subject(self) -> State:
        raise NotImplementedError

    async def test_another_name(self, subject: State) -> None:
        record = a_record("old")
        await subject.containers.add(record, ())
        for name in ("new", "new", "old", "newer"):
            await subject.changes.rename(record.id, name)
            assert await subject.only() == replace(record, name=name)
        await subject.containers.add(a_record("old"), ())

    async def test_a_name_that_is_taken_is_refused(self, subject: State) -> None:
        first, second = a_record("first"), a_record("second")
        for record in (first, second):
            await subject.containers.add(record, ())
        with pytest.raises(AlreadyExists) as raised:
            await subject.changes.rename(second.id, "first")
        assert raised.value.fields() == {"kind": "container", "name": "first", "holder": first.id}
        assert {record.name for record in await subject.containers.list()} == {"first", "second"}

    async def test_another_definition(self, subject: State) -> None:
        record = a_record()
        await subject.containers.add(record, ())
        await subject.containers.begin(record.id, Attempt(2, "s", "r", "l"))
        spec = replace(record.spec, environment=("C=3",), resources=Resources(memory=5))
        process = replace(record.process, environment=("C=3",))
        await subject.changes.redefine(record.id, spec, process)
        changed = await subject.only()
        assert (changed.spec, changed.process) == (spec, process)
        assert changed.attempt == Attempt(2, "s", "r", "l")

    async def test_a_plan_is_kept_until_the_next_beginning(self, subject: State) -> None:
        record = a_record()
        await subject.containers.add(record, ())
        await subject.changes.plan_restart(record.id, PLANNED)
        assert (await subject.only()).restarts == PLANNED
        assert await subject.containers.unfinished() == (await subject.only(),)
        await subject.containers.begin(record.id, Attempt(1))
        assert (await subject.only()).restarts == replace(PLANNED, next_at=None)
        await subject.changes.plan_restart(record.id, Restarts())
        assert (await subject.only()).restarts == Restarts()

    async def test_a_stop_calls_it_off(self, subject: State) -> None:
        record = a_record()
        await subject.containers.add(record, ())
        await subject.changes.plan_restart(record.id, PLANNED)
        await subject.containers.mark_stopped(record.id)
        assert (await subject.only()).restarts == replace(PLANNED, next_at=None)

    async def test_an_exit_is_kept_as_long_as_the_attempt(self, subject: State) -> None:
        record, other = a_record("web"), a_record("other")
        for one, runtime_id in ((record, "r"), (other, "o")):
            await subject.containers.add(one, ())
            await subject.containers.begin(one.id, Attempt(1, "s", runtime_id, "l"))
        await subject.changes.keep_exit("o", ExitStatus(0, NOON))
        for code in (3, 7):
            await subject.changes.keep_exit("r", ExitStatus(code, NOON, "Error"))
        await subject.containers.end(record.id)
        await subject.containers.remove(other.id)
        kept = Attempt(1, "s", "r", "l", ended=True, exit=ExitStatus(7, NOON))
        assert (await subject.only()).attempt == kept
        await subject.containers.begin(record.id, Attempt(2, "s", "r2", "l"))
        assert (await subject.only()).attempt == Attempt(2, "s", "r2", "l")
        await subject.changes.keep_exit("r2", ExitStatus(7, NOON))
        await subject.containers.end(record.id, forget=True)
        assert (await subject.only()).attempt == Attempt(2, log_path="l", ended=True)

    async def test_what_is_not_there_is_not_found(self, subject: State) -> None:
        record = a_record()
        calls = (
            subject.changes.rename(record.id, "new"),
            subject.changes.redefine(record.id, record.spec, record.process),
            subject.changes.plan_restart(record.id, PLANNED),
            subject.changes.keep_exit(record.id, ExitStatus(7, NOON)),
        )
        for call in calls:
            with pytest.raises(NotFound) as raised:
                await call
            assert raised.value.fields() == {"kind": "container", "reference": record.id}
        assert await subject.containers.list() == ()
