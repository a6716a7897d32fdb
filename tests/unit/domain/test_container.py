"""Containers' states and how they are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.container import (
    Attempt,
    Container,
    ContainerRecord,
    ContainerState,
    ExitStatus,
    RuntimeContainer,
    check_unused,
    find_container,
)
from domain.errors import AmbiguousReference, Conflict, InUse, InvalidArgument, NotFound
from domain.network import PortBinding
from domain.restart import Restarts
from domain.spec import ContainerSpec, Process

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CREATED, RUNNING, PAUSED, RESTARTING, EXITED = ContainerState


def record(container_id: str, name: str, attempt: Attempt | None = None) -> ContainerRecord:
    process = Process(("sh",), (), "/", "")
    return ContainerRecord(container_id, name, ContainerSpec("i"), process, "sha256:i", NOW, attempt)


WEB = record("abc1" + "0" * 60, "web")
DATABASE = record("abc2" + "0" * 60, "abc1")
THIRD = record("def0" + "0" * 60, "0" * 64)
ALL = (WEB, DATABASE, THIRD)


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        (WEB.id, WEB),
        ("web", WEB),
        ("abc1", DATABASE),  # a name wins over the prefix of another's id
        ("abc10", WEB),
        ("abc2", DATABASE),
        ("d", THIRD),
        ("0" * 64, THIRD),
    ],
)
def test_full_id_then_name_then_prefix(reference: str, found: ContainerRecord) -> None:
    assert find_container(reference, ALL) is found


def test_a_full_id_wins_over_a_name() -> None:
    other = record("1" * 64, WEB.id)
    assert find_container(WEB.id, (other, WEB)) is WEB


@pytest.mark.parametrize("reference", ["we", "WEB", "abc3", "ABC2", "1" * 64, f"{WEB.id}0", " ", "*"])
def test_what_is_not_there_is_not_found(reference: str) -> None:
    with pytest.raises(NotFound) as raised:
        find_container(reference, ALL)
    assert raised.value.fields() == {"kind": "container", "reference": reference}


def test_an_empty_reference_matches_nothing() -> None:
    with pytest.raises(InvalidArgument):
        find_container("", ALL)


def test_an_ambiguous_prefix_names_the_candidates() -> None:
    with pytest.raises(AmbiguousReference) as raised:
        find_container("abc", ALL)
    assert raised.value.matches == "abc100000000, abc200000000"


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        (CREATED, RUNNING, True),
        (CREATED, EXITED, False),
        (CREATED, CREATED, False),
        (RUNNING, EXITED, True),
        (RUNNING, RUNNING, False),
        (RUNNING, CREATED, False),
        (EXITED, RUNNING, True),
        (EXITED, CREATED, False),
        (EXITED, EXITED, False),
    ],
)
def test_transitions(before: ContainerState, after: ContainerState, may: bool) -> None:
    assert before.may_become(after) is may


def test_attempts_are_counted_on() -> None:
    assert WEB.next_attempt() == Attempt(1)
    assert WEB.with_attempt(Attempt(7, "sandbox", "id")).next_attempt() == Attempt(8)
    assert WEB.with_attempt(Attempt(7)).with_attempt(None) == WEB


def test_what_the_runtime_does_not_know_is_created() -> None:
    assert Container.join(WEB, None) == Container(WEB, CREATED)


def test_the_runtimes_state_is_joined() -> None:
    ended = ExitStatus(3, NOW)
    joined = Container.join(WEB, RuntimeContainer("r", "s", EXITED, NOW, ended))
    assert joined == Container(WEB, EXITED, NOW, ended)


@pytest.mark.parametrize("state", list(ContainerState))
def test_only_what_runs_holds_ports(state: ContainerState) -> None:
    ports = (PortBinding(80, host_port=8080),)
    container = Container(WEB.with_attempt(Attempt(1, ports=ports)), state)
    assert container.published == (ports if state in {RUNNING, PAUSED} else ())
    assert Container(WEB, state).published == ()


@pytest.mark.parametrize("state", list(ContainerState))
def test_what_is_paused_is_not_started(state: ContainerState) -> None:
    if state is not PAUSED:
        Container(WEB, state).check_startable()
        return
    with pytest.raises(Conflict) as raised:
        Container(WEB, state).check_startable()
    assert raised.value.reference == "web"


@pytest.mark.parametrize("state", list(ContainerState))
def test_what_does_not_run_is_neither_paused_nor_executed_in(state: ContainerState) -> None:
    container = Container(WEB, state)
    checks = [container.check_running, container.check_paused]
    refused = []
    for check in checks:
        try:
            check()
        except Conflict:
            refused.append(check)
    allowed = {RUNNING: checks[0], PAUSED: checks[1]}.get(state)
    assert refused == [check for check in checks if check is not allowed and check != allowed]


@pytest.mark.parametrize("state", list(ContainerState))
@pytest.mark.parametrize("or_paused", [False, True])
def test_only_a_container_that_runs_has_a_running_attempt(state: ContainerState, *, or_paused: bool) -> None:
    attempt = Attempt(1, "sandbox", "id")
    container = Container(WEB.with_attempt(attempt), state)
    assert container.active_attempt == (attempt if state in {RUNNING, PAUSED} else None)
    if state is RUNNING or (state is PAUSED and or_paused):
        assert container.running_attempt(or_paused=or_paused) is attempt
        return
    with pytest.raises(Conflict) as raised:
        container.running_attempt(or_paused=or_paused)
    assert raised.value.reference == "web"


def test_frozen_and_planned_are_told_from_the_runtimes_states() -> None:
    runs, ended = (
        RuntimeContainer("r", "s", RUNNING, NOW),
        RuntimeContainer("r", "s", EXITED, NOW, ExitStatus(1, NOW)),
    )
    planned = replace(WEB, restarts=Restarts(1, 1, NOW))
    assert Container.join(WEB, runs, paused=True).state is PAUSED
    assert Container.join(WEB, ended, paused=True).state is EXITED
    assert Container.join(planned, ended).state is RESTARTING
    assert Container.join(planned, runs).state is RUNNING
    assert Container.join(planned, None).state is RESTARTING


@pytest.mark.parametrize(("state", "force"), [(CREATED, False), (EXITED, False), (RUNNING, True)])
def test_what_may_be_removed(state: ContainerState, force: bool) -> None:
    Container(WEB, state).check_removable(force=force)


@pytest.mark.parametrize("state", [RUNNING, PAUSED, RESTARTING])
def test_what_is_up_is_removed_by_force_only(state: ContainerState) -> None:
    with pytest.raises(Conflict, match=f"up.*{state}"):
        Container(WEB, state).check_removable(force=False)


@pytest.mark.parametrize(("reason", "memory"), [("OOMKilled", True), ("Error", False), ("", False)])
def test_want_of_memory(reason: str, memory: bool) -> None:
    assert ExitStatus(137, NOW, reason).out_of_memory is memory


def test_a_used_thing_names_its_user() -> None:
    check_unused("volume", "data", ())
    with pytest.raises(InUse) as raised:
        check_unused("volume", "data", (WEB, replace(WEB, name="other")))
    assert raised.value.fields() == {"kind": "volume", "reference": "data", "user": "web"}
