"""What unit tests look at a few times, some hundred times."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given, settings

from adapters.sqlite_state.mapping import (
    process_from_json,
    process_to_json,
    spec_from_json,
    spec_to_json,
    time_from_text,
    time_to_text,
)
from domain.image import ImageReference
from domain.names import check_name, hostname_for
from domain.spec import ContainerSpec, Process
from tests.unit.domain.test_image import references
from tests.unit.domain.test_names import HOSTNAME, NAMES
from tests.unit.sqlite_state.test_mapping import PROCESSES, SPECS, TIMES

SOME = settings(max_examples=500, deadline=None)


@SOME
@given(SPECS)
def test_a_spec_comes_back(spec: ContainerSpec) -> None:
    assert spec_from_json(json.loads(json.dumps(spec_to_json(spec)))) == spec


@SOME
@given(PROCESSES)
def test_a_process_comes_back(process: Process) -> None:
    assert process_from_json(json.loads(json.dumps(process_to_json(process)))) == process


@SOME
@given(TIMES)
def test_a_time_comes_back(time: datetime) -> None:
    assert time_from_text(time_to_text(time)) == time.astimezone(UTC)


@SOME
@given(references())
def test_a_reference_is_read_from_both_of_its_forms(reference: ImageReference) -> None:
    assert ImageReference.parse(str(reference)) == reference == ImageReference.parse(reference.familiar)


@SOME
@given(NAMES)
def test_every_name_gives_a_hostname(name: str) -> None:
    assert HOSTNAME.fullmatch(hostname_for(check_name("container", name)))
