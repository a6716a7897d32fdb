"""The one edge between the domain and the wire."""

from __future__ import annotations

import ast
import re
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from application.ports.logs import LogChunk
from application.ports.processes import Sample
from application.use_cases.container.stats import Usage
from domain.confinement import Device, Isolation, Security, Ulimit
from domain.container import ContainerRecord
from domain.events import CONTAINER, Caller, Event
from domain.health import Healthcheck
from domain.image import Credentials
from domain.network import Dns, PortBinding
from domain.spec import ContainerSpec, Process, Resources, RestartMode, RestartPolicy
from domain.streams import TerminalSize
from domain.volume import Mount, MountKind
from entrypoints.api.k3c.v1 import container_pb2
from entrypoints.api.mapping.events import event_to_wire
from entrypoints.api.mapping.filters import filters_from_wire, filters_to_wire
from entrypoints.api.mapping.image import credentials_from_wire, credentials_to_wire
from entrypoints.api.mapping.logs import chunk_to_wire, log_query_from_wire
from entrypoints.api.mapping.spec import spec_from_wire, spec_to_wire
from entrypoints.api.mapping.terminal import size_from_wire, size_to_wire
from entrypoints.api.mapping.times import time_from_wire, time_to_wire
from entrypoints.api.mapping.usage import usage_to_wire

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 1, 31, 12, 30, 15, 123456, UTC)

WHOLE = ContainerSpec(
    image="busybox",
    command=("sh", "-c", "true"),
    entrypoint=("/bin/entry", "-x"),
    environment=("A=1",),
    working_dir="/work",
    user="app:app",
    hostname="host",
    labels={"a": "b"},
    mounts=(
        Mount(MountKind.BIND, "/src", "/target", read_only=True, propagation="rslave"),
        Mount(MountKind.VOLUME, "data", "/data", copy=False),
        Mount(MountKind.TMPFS, "", "/tmp", options="size=64m"),
    ),
    ports=(PortBinding(80, "udp", "0.0.0.0", 8080, 8090),),
    restart=RestartPolicy(RestartMode.ON_FAILURE, 3),
    auto_remove=True,
    stop_signal="SIGINT",
    stop_timeout=7,
    publish_all=True,
    healthcheck=Healthcheck(("CMD", "check"), 1.5, 2.5, 3.5, 4.5, 5),
    resources=Resources(1, 2, 3, "0-2", "0", 6, -1, 0),
    tty=True,
    stdin=True,
    stdin_once=True,
    init=True,
    security=Security(
        privileged=True,
        cap_add=("ALL",),
        cap_drop=("CHOWN",),
        seccomp="unconfined",
        apparmor="profile",
        no_new_privileges=True,
        groups=("wheel",),
        read_only=True,
        devices=(Device("/dev/a", "/dev/b", "rw"),),
    ),
    isolation=Isolation(
        network="host",
        pid="host",
        ipc="container:web",
        dns=Dns(("1.1.1.1",), ("local",), ("ndots:1",)),
        extra_hosts=("db:10.0.0.1",),
        sysctls={"net.core.somaxconn": "1"},
        ulimits=(Ulimit("nofile", 1, -1),),
        shm_size=64,
        cgroup_parent="/parent",
        runtime="runc",
        annotations={"a": "b"},
        domainname="example.org",
        pids_limit=100,
    ),
    volumes_from=("web:ro",),
    platform="linux/arm64",
)


def unset(value: object, path: str = "spec") -> list[str]:
    """The paths of fields below a dataclass that have their default, which a mapping could lose unseen."""
    if not is_dataclass(value) or isinstance(value, type | Mount | Resources):
        return []
    found = []
    for field in fields(value):
        part = getattr(value, field.name)
        if part in ((), "", 0, False, None) or part == {}:
            found.append(f"{path}.{field.name}")
        found += unset(part, f"{path}.{field.name}")
    return found


def test_a_spec_survives_the_wire_with_every_field() -> None:
    assert unset(WHOLE) == []
    assert spec_from_wire(spec_to_wire(WHOLE)) == WHOLE


@pytest.mark.parametrize(
    "spec",
    [
        ContainerSpec(image="busybox"),
        ContainerSpec(image="busybox", entrypoint=()),
        ContainerSpec(image="busybox", resources=Resources(oom_score_adj=None)),
    ],
    ids=["bare", "entrypoint cleared", "no adjustment"],
)
def test_what_is_absent_stays_absent(spec: ContainerSpec) -> None:
    assert spec_from_wire(spec_to_wire(spec)) == spec


def test_an_event_has_its_caller_only_if_a_caller_asked_for_it() -> None:
    event = Event(NOW, CONTAINER, "start", "id", "web", {"image": "busybox"}, Caller(0, 7), 3)
    sent = event_to_wire(event)
    assert (sent.kind, sent.action, sent.subject, sent.name) == (CONTAINER, "start", "id", "web")
    assert (dict(sent.attributes), sent.number) == ({"image": "busybox"}, 3)
    assert (sent.caller.uid, sent.caller.pid) == (0, 7)
    assert time_from_wire(sent.time) == NOW
    assert not event_to_wire(Event(NOW, CONTAINER, "die", "id", "web")).HasField("caller")


def test_small_parts_survive_the_wire() -> None:
    pairs = (("name", "web"), ("label", "a=b"))
    assert filters_from_wire(filters_to_wire(pairs)) == pairs
    assert credentials_from_wire(credentials_to_wire(Credentials("me", "word"))) == Credentials("me", "word")
    assert size_from_wire(size_to_wire(TerminalSize(24, 80))) == TerminalSize(24, 80)
    assert time_to_wire(None) is None


def test_the_times_of_logs_have_their_nanoseconds() -> None:
    sent = chunk_to_wire(LogChunk("stdout", NOW.replace(microsecond=123_456), b"x", 789))
    assert sent.time.nanos == 123_456_789
    query = log_query_from_wire(container_pb2.LogsRequest(since=sent.time, until=Timestamp(seconds=9)))
    assert query.since == NOW.replace(microsecond=123_456)
    assert (query.since_nanoseconds, query.until_nanoseconds) == (789, 0)


def test_usage_is_of_a_container_that_runs() -> None:
    record = ContainerRecord("id", "web", WHOLE, Process(("sh",), (), "/", "root"), "sha256:1", NOW)
    sample = Sample(9, 1, 2, 3, 4, 5, 6, 7, 8)
    sent = usage_to_wire(Usage(record, sample, 0.5))
    numbers = (sent.memory, sent.memory_limit, sent.received, sent.sent, sent.read, sent.written)
    assert (*numbers, sent.processes, sent.cpu) == (2, 3, 4, 5, 6, 7, 8, 0.5)
    assert sent.running
    assert not usage_to_wire(Usage(record, None)).running


def made_by_hand(source: Path) -> list[str]:
    """Messages that a service makes though they are no whole answer or request."""
    made = [
        node.func.attr
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if re.match(r"(pb|\w+_pb2)(\.|$)", ast.unparse(node.func.value))
    ]
    return [name for name in made if not name.endswith(("Response", "Request"))]


def test_services_leave_messages_to_the_mapping() -> None:
    services = sorted((ROOT / "entrypoints/daemon/services").glob("*.py"))
    assert len(services) > 5
    assert {path.name: made for path in services if (made := made_by_hand(path))} == {}


def test_mappings_name_every_field() -> None:
    mapping = sorted((ROOT / "entrypoints/api/mapping").glob("*.py"))
    assert [path.name for path in mapping if "vars(" in path.read_text()] == []
