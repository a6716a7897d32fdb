"""Between the domain's words and CRI's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.cri import mapping
from adapters.cri.proto import api_pb2 as cri
from application.ports.runtime import BoundMount
from domain.container import ContainerState, ExitStatus
from domain.errors import InvalidArgument
from domain.network import PortBinding

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("user", "uid", "name", "gid"),
    [
        ("", None, "", None),
        ("0", 0, "", None),
        ("1000:0", 1000, "", 0),
        ("web", None, "web", None),
        ("web:7", None, "web", 7),
        ("web:staff", None, "web:staff", None),
        ("1000:staff", None, "1000:staff", None),
    ],
)
def test_users(user: str, uid: int | None, name: str, gid: int | None) -> None:
    context = mapping.run_as(user)
    assert (context.run_as_user.value if context.HasField("run_as_user") else None) == uid
    assert context.run_as_username == name
    assert (context.run_as_group.value if context.HasField("run_as_group") else None) == gid


@pytest.mark.parametrize("user", [":", ":7", "web:", "a:b:c", "4294967296", "1:2147483648"])
def test_users_that_are_none(user: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        mapping.run_as(user)
    assert raised.value.value == user


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "RUNTIME_DEFAULT"),
        ("SIGTERM", "SIGTERM"),
        ("term", "SIGTERM"),
        ("15", "SIGTERM"),
        ("9", "SIGKILL"),
        ("34", "SIGRTMIN"),
        ("SIGRTMIN+3", "SIGRTMINPLUS3"),
        ("37", "SIGRTMINPLUS3"),
        ("50", "SIGRTMAXMINUS14"),
        ("rtmax-1", "SIGRTMAXMINUS1"),
        ("64", "SIGRTMAX"),
    ],
)
def test_stop_signals(text: str, name: str) -> None:
    assert cri.Signal.Name(mapping.stop_signal(text)) == name


@pytest.mark.parametrize("text", ["0", "65", "SIGNOPE", "-9", "SIGRTMIN+16", "RUNTIME_DEFAULT"])
def test_stop_signals_that_are_none(text: str) -> None:
    with pytest.raises(InvalidArgument):
        mapping.stop_signal(text)


def test_ports_mounts_and_environment() -> None:
    port = mapping.port_mapping(PortBinding(53, "udp", "0.0.0.0", 5353))
    assert (port.protocol, port.container_port, port.host_port, port.host_ip) == (
        cri.UDP,
        53,
        5353,
        "0.0.0.0",
    )
    mount = mapping.mount(BoundMount("/a", "/b", read_only=True, propagation="rslave"))
    assert (mount.host_path, mount.container_path, mount.readonly) == ("/a", "/b", True)
    assert mount.propagation == cri.PROPAGATION_HOST_TO_CONTAINER
    variable = mapping.environment_variable("A=b=\udcff")
    assert (variable.key, variable.value) == ("A", b"b=\xff")


@pytest.mark.parametrize("path", ["/logs/other/1.log", "1.log"])
def test_logs_are_below_the_pods_folder(path: str) -> None:
    assert mapping.relative_log_path("/logs/pod/web/1.log", "/logs/pod") == "web/1.log"
    with pytest.raises(InvalidArgument):
        mapping.relative_log_path(path, "/logs/pod")


@pytest.mark.parametrize(
    ("status", "state", "ended"),
    [
        (cri.ContainerStatus(state=cri.CONTAINER_CREATED), ContainerState.CREATED, None),
        (cri.ContainerStatus(state=cri.CONTAINER_RUNNING), ContainerState.RUNNING, None),
        (
            cri.ContainerStatus(
                state=cri.CONTAINER_EXITED, exit_code=137, reason="OOMKilled", finished_at=3 * SECOND
            ),
            ContainerState.EXITED,
            ExitStatus(137, datetime.fromtimestamp(3, UTC), "OOMKilled"),
        ),
        (
            cri.ContainerStatus(state=cri.CONTAINER_UNKNOWN, created_at=2 * SECOND),
            ContainerState.EXITED,
            ExitStatus(255, datetime.fromtimestamp(2, UTC), "Unknown"),
        ),
    ],
)
def test_states(status: cri.ContainerStatus, state: ContainerState, ended: ExitStatus | None) -> None:
    status.labels[mapping.SANDBOX_LABEL] = "pod"
    container = mapping.runtime_container(status)
    assert (container.state, container.exit, container.sandbox_id) == (state, ended, "pod")


def test_times_keep_their_microseconds() -> None:
    assert mapping.from_nanoseconds(1_700_000_000_123_456_789).microsecond == 123456


@pytest.mark.parametrize(
    ("started", "finished", "at"), [(0, 9, None), (5, 0, 5), (5, 9, 5), (7, 6, 6)], ids=str
)
def test_nothing_ends_before_it_starts(started: int, finished: int, at: int | None) -> None:
    status = cri.ContainerStatus(started_at=started * SECOND, finished_at=finished * SECOND)
    status.labels[mapping.SANDBOX_LABEL] = "pod"
    expected = None if at is None else datetime.fromtimestamp(at, UTC)
    assert mapping.runtime_container(status).started_at == expected
