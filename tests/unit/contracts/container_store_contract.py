"""What every ContainerStore does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from application.ports.state import ContainerStore
from domain.container import Attempt, ContainerRecord
from domain.errors import AlreadyExists, NotFound, PortInUse
from domain.health import Healthcheck
from domain.names import new_id
from domain.network import PortBinding
from domain.spec import ContainerSpec, Process, Resources, RestartMode, RestartPolicy
from domain.volume import Mount, MountKind

NOON = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)
WEB = PortBinding(80, host_port=8080)


def a_record(name: str = "web", created_at: datetime = NOON) -> ContainerRecord:
    """A record with something in every field."""
    spec = ContainerSpec(
        image="docker.io/library/busybox:latest",
        command=("sh", "-c", "echo 'ü'"),
        entrypoint=(),
        environment=("A=1", "B="),
        labels={"k": "v"},
        mounts=(Mount(MountKind.BIND, "/etc", "/host", read_only=True),),
        ports=(PortBinding(80, host_port=8080), PortBinding(53, "udp")),
        restart=RestartPolicy(RestartMode.ON_FAILURE, 3),
        healthcheck=Healthcheck(("CMD-SHELL", "true"), interval=1.5, retries=2),
        resources=Resources(cpu_shares=512, memory=1 << 30, oom_score_adj=0),
    )
    process = Process(("sh",), ("A=1",), "/", "root")
    return ContainerRecord(new_id(), name, spec, process, "sha256:1", created_at)


class ContainerStoreContract:
    """Override `subject`: a store with nothing in it."""

    @pytest.fixture
    def subject(self) -> ContainerStore:
        raise NotImplementedError

    async def test_a_record_comes_back_as_it_was_added(self, subject: ContainerStore) -> None:
        record = a_record()
        await subject.add(record, ())
        assert await subject.list() == (record,)

    async def test_a_record_is_found_by_its_id(self, subject: ContainerStore) -> None:
        first, second = await two(subject)
        await subject.begin(first.id, Attempt(1, "s", "r", "l", (WEB, WEB.at(8081))))
        assert await subject.get(second.id) == second
        assert await subject.get(first.id) == (await by_name(subject))["first"]
        for unknown in (new_id(), first.id[:12], "first", ""):
            with pytest.raises(NotFound):
                await subject.get(unknown)

    async def test_the_records_that_a_reference_could_mean(self, subject: ContainerStore) -> None:
        first, second = await two(subject)
        await subject.begin(first.id, Attempt(1, "s", "r", "l", (WEB,)))
        begun = (await by_name(subject))["first"]
        for reference in (first.id, "first", first.id[:20]):
            assert await subject.matching(reference) == (begun,)
        assert sorted(record.id for record in await subject.matching("")) == sorted([begun.id, second.id])
        for unknown in (new_id(), "fir", f"{first.id}0", "%", "_" * 64, first.id.upper()):
            assert await subject.matching(unknown) == ()

    async def test_the_records_that_may_be_up(self, subject: ContainerStore) -> None:
        for number, name in enumerate(("never", "up", "ended", "begun")):
            await subject.add(a_record(name, NOON + timedelta(seconds=number)), ())
        records = await by_name(subject)
        await subject.begin(records["up"].id, Attempt(1, "s", "r", "l", (WEB,)))
        await subject.begin(records["ended"].id, Attempt(1, "s", "r2", "l"))
        await subject.end(records["ended"].id)
        await subject.begin(records["begun"].id, Attempt(1))
        records = await by_name(subject)
        assert await subject.unfinished() == (records["begun"], records["up"])
        await subject.begin(records["ended"].id, Attempt(2, "s", "r3", "l"))
        records = await by_name(subject)
        assert await subject.unfinished() == (records["begun"], records["ended"], records["up"])

    async def test_a_record_is_found_by_the_runtime_id_of_its_attempt(self, subject: ContainerStore) -> None:
        first, second = await two(subject)
        await subject.begin(first.id, Attempt(1, "s", "r", "l", (WEB,)))
        await subject.begin(second.id, Attempt(1, "s2"))
        assert await subject.by_runtime_id("r") == (await by_name(subject))["first"]
        for unknown in ("", "other"):
            with pytest.raises(NotFound):
                await subject.by_runtime_id(unknown)
        await subject.begin(first.id, Attempt(2, "s", "r2", "l"))
        with pytest.raises(NotFound):
            await subject.by_runtime_id("r")
        assert (await subject.by_runtime_id("r2")).id == first.id

    async def test_the_newest_comes_first_whatever_the_time_zone(self, subject: ContainerStore) -> None:
        east = datetime(2026, 1, 2, 14, tzinfo=UTC).astimezone()
        old, new = a_record("old"), a_record("new", east)
        older = a_record("older", NOON - timedelta(microseconds=1))
        for record in (old, new, older):
            await subject.add(record, ())
        assert [record.name for record in await subject.list()] == ["new", "old", "older"]

    async def test_a_name_is_taken_once(self, subject: ContainerStore) -> None:
        first = a_record()
        await subject.add(first, ())
        with pytest.raises(AlreadyExists) as caught:
            await subject.add(a_record(), ())
        assert caught.value.holder == first.id
        assert await subject.list() == (first,)

    async def test_of_many_that_want_a_name_at_once_one_gets_it(self, subject: ContainerStore) -> None:
        records = [a_record() for _ in range(16)]
        answers = await asyncio.gather(
            *(subject.add(record, ()) for record in records), return_exceptions=True
        )
        winners = [record for record, answer in zip(records, answers, strict=True) if answer is None]
        assert await subject.list() == tuple(winners)
        assert len(winners) == 1
        losers = [answer for answer in answers if isinstance(answer, AlreadyExists)]
        assert {loser.holder for loser in losers} == {winners[0].id}
        assert len(losers) == 15

    async def test_a_volume_that_is_not_known_cannot_be_used(self, subject: ContainerStore) -> None:
        with pytest.raises(NotFound):
            await subject.add(a_record(), ("nowhere",))
        assert await subject.list() == ()

    async def test_a_name_is_free_after_its_removal(self, subject: ContainerStore) -> None:
        first, second = a_record(), a_record()
        await subject.add(first, ())
        await subject.remove(first.id)
        await subject.remove(first.id)
        await subject.add(second, ())
        assert await subject.list() == (second,)

    async def test_an_attempt_is_taken_down_bit_by_bit(self, subject: ContainerStore) -> None:
        record = a_record()
        await subject.add(record, ())
        for attempt in (
            Attempt(1, ports=(WEB,)),
            Attempt(1, "s", "", "l", (WEB,)),
            Attempt(1, "s", "r", "l", (WEB,)),
        ):
            await subject.begin(record.id, attempt)
            assert await subject.list() == (record.with_attempt(attempt),)

    async def test_the_latest_attempt_is_the_one_that_counts(self, subject: ContainerStore) -> None:
        record = a_record()
        await subject.add(record, ())
        for number in range(1, 13):
            await subject.begin(record.id, Attempt(number, f"s{number}", "r", "l"))
        assert (await subject.list())[0].attempt == Attempt(12, "s12", "r", "l")

    async def test_nothing_begins_for_an_unknown_container(self, subject: ContainerStore) -> None:
        with pytest.raises(NotFound):
            await subject.begin(new_id(), Attempt(1, ports=(WEB,)))

    @pytest.mark.parametrize(
        ("held", "wanted"),
        [
            (WEB, WEB),
            (PortBinding(80, host_address="0.0.0.0", host_port=8080), WEB),
            (WEB, PortBinding(81, host_address="0.0.0.0", host_port=8080)),
            (
                PortBinding(80, host_address="::", host_port=8080),
                PortBinding(81, host_address="::1", host_port=8080),
            ),
        ],
    )
    async def test_a_port_is_held_against_others(
        self, subject: ContainerStore, held: PortBinding, wanted: PortBinding
    ) -> None:
        first, second = await two(subject)
        await subject.begin(first.id, Attempt(1, ports=(held,)))
        with pytest.raises(PortInUse) as caught:
            await subject.begin(second.id, Attempt(1, ports=(PortBinding(22, host_port=2222), wanted)))
        assert (caught.value.address, caught.value.container) == (str(wanted), first.name)
        assert {record.attempt for record in await subject.list()} == {Attempt(1, ports=(held,)), None}

    async def test_ports_that_only_look_alike_are_no_trouble(self, subject: ContainerStore) -> None:
        first, second = await two(subject)
        await subject.begin(first.id, Attempt(1, ports=(WEB,)))
        others = (replace(WEB, protocol="udp"), replace(WEB, host_address="127.0.0.2"), WEB.at(8081))
        await subject.begin(second.id, Attempt(1, ports=others))
        attempt = next(record.attempt for record in await subject.list() if record.id == second.id)
        assert attempt is not None
        assert set(attempt.ports) == set(others)

    async def test_of_many_that_want_a_port_at_once_one_gets_it(self, subject: ContainerStore) -> None:
        records = [a_record(f"c{number}") for number in range(8)]
        for record in records:
            await subject.add(record, ())
        answers = await asyncio.gather(
            *(subject.begin(record.id, Attempt(1, ports=(WEB,))) for record in records),
            return_exceptions=True,
        )
        assert sum(answer is None for answer in answers) == 1
        assert sum(isinstance(answer, PortInUse) for answer in answers) == 7

    async def test_an_end_releases_the_ports_and_keeps_the_rest(self, subject: ContainerStore) -> None:
        first, second = await two(subject)
        await subject.begin(first.id, Attempt(1, "s", "r", "l", (WEB,)))
        await subject.end(first.id)
        await subject.end(first.id)
        await subject.begin(second.id, Attempt(1, ports=(WEB,)))
        ended = next(record for record in await subject.list() if record.id == first.id)
        assert ended.attempt == Attempt(1, "s", "r", "l", ended=True)

    async def test_a_forgotten_attempt_leaves_its_number(self, subject: ContainerStore) -> None:
        record = a_record()
        await subject.add(record, ())
        await subject.begin(record.id, Attempt(3, "s", "r", "l", (WEB,)))
        await subject.end(record.id, forget=True)
        left = (await subject.list())[0]
        assert left.attempt is not None
        assert left.attempt == Attempt(3, log_path="l", ended=True)
        assert left.next_attempt().number == 4

    async def test_an_end_without_a_beginning_is_nothing(self, subject: ContainerStore) -> None:
        record = a_record()
        await subject.add(record, ())
        for forget in (False, True):
            await subject.end(record.id, forget=forget)
            await subject.end(new_id(), forget=forget)
        assert await subject.list() == (record,)

    async def test_a_stop_is_noted_until_the_next_beginning(self, subject: ContainerStore) -> None:
        record = a_record()
        await subject.add(record, ())
        await subject.mark_stopped(new_id())
        for _ in range(2):
            await subject.mark_stopped(record.id)
            assert (await subject.list())[0].stopped_by_user
        await subject.begin(record.id, Attempt(1))
        assert not (await subject.list())[0].stopped_by_user

    async def test_a_removal_releases_the_ports(self, subject: ContainerStore) -> None:
        first, second = await two(subject)
        await subject.begin(first.id, Attempt(1, ports=(WEB,)))
        await subject.remove(first.id)
        await subject.begin(second.id, Attempt(1, ports=(WEB,)))
        assert [record.name for record in await subject.list()] == [second.name]


async def by_name(subject: ContainerStore) -> dict[str, ContainerRecord]:
    """All records of the store by their names."""
    return {record.name: record for record in await subject.list()}


async def two(subject: ContainerStore) -> tuple[ContainerRecord, ContainerRecord]:
    """Two records in the store."""
    records = (a_record("first"), a_record("second"))
    for record in records:
        await subject.add(record, ())
    return records
