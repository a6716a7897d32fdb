"""Specs, processes and times to JSON and back."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sqlite_state.mapping import (
    process_from_json,
    process_to_json,
    spec_from_json,
    spec_to_json,
    time_from_text,
    time_to_text,
)
from domain.errors import RuntimeFailed
from domain.health import Healthcheck
from domain.network import PortBinding
from domain.spec import ContainerSpec, Process, Resources, RestartPolicy
from domain.volume import Mount


def every_field_of(kind: Any, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Instances with any value in each field, the ones with defaults too: new fields are covered at once."""
    return st.builds(kind, **{field.name: known.get(field.name, ...) for field in fields(kind)})


SECONDS = st.floats(0, 1e9)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.timezones())
PROCESSES = every_field_of(Process)
SPECS = every_field_of(
    ContainerSpec,
    mounts=st.lists(every_field_of(Mount), max_size=3).map(tuple),
    ports=st.lists(every_field_of(PortBinding), max_size=3).map(tuple),
    restart=every_field_of(RestartPolicy),
    healthcheck=every_field_of(
        Healthcheck, **dict.fromkeys(("interval", "timeout", "start_period", "start_interval"), SECONDS)
    ),
    resources=every_field_of(Resources),
)


@given(SPECS)
def test_a_spec_comes_back(spec: ContainerSpec) -> None:
    assert spec_from_json(json.loads(json.dumps(spec_to_json(spec)))) == spec


@given(PROCESSES)
def test_a_process_comes_back(process: Process) -> None:
    assert process_from_json(json.loads(json.dumps(process_to_json(process)))) == process


@given(TIMES)
def test_a_time_comes_back_and_sorts_as_text(time: datetime) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    # Times that a clock change skips or repeats are equal to nothing but themselves.
    assert time_from_text(time_to_text(time)) == time.astimezone(UTC)
    assert (time_to_text(time) < time_to_text(now)) == (time.astimezone(UTC) < now)


def test_what_an_older_k3c_did_not_write_has_its_default() -> None:
    spec = ContainerSpec("busybox")
    older = {
        name: value for name, value in asdict(spec).items() if name not in ("stop_timeout", "auto_remove")
    }
    assert spec_from_json(older) == spec


@pytest.mark.parametrize(
    "change",
    [
        {"gpus": 2},
        {"mounts": [{"kind": "bind", "source": "/", "target": "/a", "size": 1}]},
        {"restart": {"mode": "soon"}},
    ],
)
def test_what_a_newer_k3c_wrote_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(RuntimeFailed) as caught:
        spec_from_json({**spec_to_json(ContainerSpec("busybox")), **change})
    assert caught.value.service == "state"


def test_a_process_of_a_newer_k3c_is_refused() -> None:
    with pytest.raises(RuntimeFailed):
        process_from_json({**process_to_json(Process(("a",), (), "/", "")), "nice": 5})
