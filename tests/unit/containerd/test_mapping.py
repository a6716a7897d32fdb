"""containerd's words as the domain's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.containerd.images.mapping import (
    EPOCH,
    created_at,
    image_config,
    platform_text,
    progress,
    stored_name,
)
from adapters.containerd.images.platforms import matches, own_platform, parse_platform
from adapters.containerd.images.transfer_streams import packed
from adapters.containerd.images.transfers import auth_response
from adapters.containerd.proto.task_events_pb2 import TaskExit
from adapters.containerd.proto.transfer_types_pb2 import AuthType, Progress
from adapters.containerd.proto.types_pb2 import Platform
from adapters.containerd.tasks.exits import first_process
from domain.errors import InvalidArgument
from domain.image import Credentials, ImageConfig, ImageReference, TransferProgress

EXIT = "containerd.events.TaskExit"


def test_an_image_config() -> None:
    document = {
        "config": {
            "Entrypoint": ["/e"],
            "Cmd": ["c"],
            "Env": ["A=b"],
            "WorkingDir": "/w",
            "User": "u",
            "StopSignal": "SIGINT",
            "Labels": {"l": "1"},
            "Volumes": {"/v": {}},
            "ExposedPorts": {"80/tcp": {}},
        }
    }
    expected = ImageConfig(("/e",), ("c",), ("A=b",), "/w", "u", "SIGINT", {"l": "1"}, ("/v",), ("80/tcp",))
    assert image_config(document) == expected


@pytest.mark.parametrize("document", [{}, {"config": None}, {"config": {"Env": None, "Labels": None}}])
def test_an_image_config_that_says_nothing(document: dict[str, object]) -> None:
    assert image_config(document) == ImageConfig()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, UTC)),
        ("2026-01-02T05:04:05+02:00", datetime(2026, 1, 2, 3, 4, 5, 0, UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, 0, UTC)),
        (None, EPOCH),
        ("", EPOCH),
    ],
)
def test_times(text: str | None, expected: datetime) -> None:
    assert created_at({"created": text}) == expected


def test_platforms() -> None:
    assert platform_text({"os": "linux", "architecture": "arm", "variant": "v7"}) == "linux/arm/v7"
    assert platform_text({}) == ""
    assert parse_platform("") == own_platform()
    assert parse_platform("linux/arm/v7") == Platform(os="linux", architecture="arm", variant="v7")
    for text in ("linux", "linux/", "a/b/c/d", "/"):
        with pytest.raises(InvalidArgument):
            parse_platform(text)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"os": "linux", "architecture": "arm"}, True),
        ({"os": "linux", "architecture": "arm", "variant": "v7"}, True),
        ({"os": "linux", "architecture": "arm", "variant": "v6"}, False),
        ({"os": "linux", "architecture": "arm64"}, False),
        ({"os": "windows", "architecture": "arm"}, False),
        ({}, False),
    ],
)
def test_matching_platforms(entry: dict[str, str], expected: bool) -> None:
    assert matches(entry, Platform(os="linux", architecture="arm", variant="v7")) is expected


def test_names_in_the_store() -> None:
    assert stored_name("docker.io/library/a:1") == ImageReference.parse("a:1")
    assert stored_name(f"sha256:{'a' * 64}") is None
    assert stored_name("import 2026-01-02") is None


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            Progress(event="downloading", name="layer-sha256:ab", progress=3, total=9),
            TransferProgress("downloading", "sha256:ab", 3, 9, "layer"),
        ),
        (Progress(event="saved", name="docker.io/library/a:1"), TransferProgress("saved")),
        (Progress(event="Resolving from x"), TransferProgress("Resolving from x")),
    ],
)
def test_progress(step: Progress, expected: TransferProgress) -> None:
    assert progress(step) == expected


def test_only_the_end_of_the_first_process_counts() -> None:
    def told(url: str, process: str) -> str:
        return first_process(url, TaskExit(container_id="c", id=process).SerializeToString())

    assert told(EXIT, "c") == "c"
    assert told(f"type.googleapis.com/{EXIT}", "c") == "c"
    assert told(EXIT, "exec") == ""
    assert told("containerd.events.TaskStart", "c") == ""


def test_an_any_has_the_bare_name() -> None:
    assert packed(Progress(event="x")).type_url == "containerd.types.transfer.Progress"


@pytest.mark.parametrize(
    ("host", "registry", "told"),
    [
        ("r.test", "r.test", True),
        ("registry-1.docker.io", "docker.io", True),
        ("mirror.test", "docker.io", False),
        ("registry-1.docker.io", "r.test", False),
    ],
)
def test_credentials_are_for_their_registry_alone(host: str, registry: str, told: bool) -> None:
    said = auth_response(host, Credentials("me", "secret"), registry)
    assert (said.authType == AuthType.CREDENTIALS, said.secret == "secret") == (told, told)


def test_a_secret_without_a_name_is_a_refresh_token() -> None:
    said = auth_response("r.test", Credentials("", "token"), "r.test")
    assert (said.authType, said.secret, said.username) == (AuthType.REFRESH, "token", "")
