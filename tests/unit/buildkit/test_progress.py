"""Merging what Status tells, and reading failures."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import grpc
import grpc.aio
import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.status_pb2 import Status

from adapters.buildkit.errors import excerpt, translated
from adapters.buildkit.mapping import exporter_attributes, frontend_attributes, shared_key, solve_request
from adapters.buildkit.progress import Progress
from adapters.buildkit.proto.control_pb2 import (
    StatusResponse,
    Vertex,
    VertexLog,
    VertexStatus,
    VertexWarning,
)
from adapters.buildkit.proto.ops_pb2 import Position, Range, SourceInfo
from adapters.buildkit.walker import FileChanged
from domain.build import BuildCache, BuildLog, BuildOutput, BuildRequest, BuildStatus, BuildStep, BuildWarning
from domain.errors import BuildFailed, K3cError, NotFound, Unauthenticated, Unavailable, Unsupported
from domain.image import ImageReference


def at(second: int) -> Timestamp:
    return Timestamp(seconds=second)


def test_repeats_are_told_once() -> None:
    progress = Progress()
    vertex = Vertex(digest="d", name="n", started=at(1))
    status = VertexStatus(vertex="d", ID="i", current=5, total=9)
    first = list(progress.merge(StatusResponse(vertexes=[vertex], statuses=[status])))
    assert first == [BuildStep("d", "n", 1.0), BuildStatus("d", "i", 5, 9)]
    assert list(progress.merge(StatusResponse(vertexes=[vertex], statuses=[status]))) == []


def test_what_comes_late_takes_nothing_back() -> None:
    progress = Progress()
    done = Vertex(digest="d", name="n", started=at(1), completed=at(2))
    list(progress.merge(StatusResponse(vertexes=[done])))
    assert list(progress.merge(StatusResponse(vertexes=[Vertex(digest="d", name="n", started=at(1))]))) == []
    assert list(progress.merge(StatusResponse(vertexes=[Vertex(digest="d", name="n")]))) == []
    counted = StatusResponse(statuses=[VertexStatus(vertex="d", ID="i", current=7)])
    list(progress.merge(counted))
    earlier = StatusResponse(statuses=[VertexStatus(vertex="d", ID="i", current=3)])
    assert list(progress.merge(earlier)) == []


def test_a_step_that_starts_anew_is_open_again() -> None:
    progress = Progress()
    list(progress.merge(StatusResponse(vertexes=[Vertex(digest="d", started=at(1), completed=at(2))])))
    (again,) = progress.merge(StatusResponse(vertexes=[Vertex(digest="d", started=at(3))]))
    assert again == BuildStep("d", "", 3.0)


def test_logs_keep_their_stream_and_warnings_come_once() -> None:
    warning = VertexWarning(
        vertex="d",
        short=b"odd",
        info=SourceInfo(filename="/x/Dockerfile"),
        ranges=[Range(start=Position(line=4), end=Position(line=4))],
    )
    response = StatusResponse(
        logs=[VertexLog(vertex="d", stream=2, msg=b"\xff")], warnings=[warning, warning]
    )
    assert list(Progress().merge(response)) == [
        BuildLog("d", 2, b"\xff"),
        BuildWarning("d", "odd", "Dockerfile:4"),
    ]


def failure(
    message: str, code: grpc.StatusCode = grpc.StatusCode.UNKNOWN, source: bytes = b""
) -> grpc.aio.AioRpcError:
    url = "github.com/moby/buildkit/errdefs.Source+json"
    status = Status(details=[Any(type_url="other", value=b"{}"), Any(type_url=url, value=source)])
    trailing = grpc.aio.Metadata(("grpc-status-details-bin", status.SerializeToString()))
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, message)


RESOLVE = "x: failed to resolve source metadata for docker.io/library/x:1: "


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (failure(RESOLVE + "docker.io/library/x:1: not found"), NotFound("image", "docker.io/library/x:1")),
        (
            failure(RESOLVE + "unexpected status: 401 Unauthorized"),
            Unauthenticated("docker.io", "unauthorized"),
        ),
        (
            failure(RESOLVE + "pull access denied, insufficient_scope: authorization failed"),
            Unauthenticated("docker.io", "unauthorized"),
        ),
        (
            failure(RESOLVE + "failed to do request: dial tcp: no such host"),
            Unavailable("registry", "docker.io", "no-such-host"),
        ),
        (failure("away", grpc.StatusCode.UNAVAILABLE), Unavailable("image builder", "", "reported", "away")),
        (failure("no", grpc.StatusCode.UNIMPLEMENTED), Unsupported("build", "image builder")),
        (
            failure("no active session for x"),
            Unavailable("image builder", "", "reported", "no active session for x"),
        ),
        (failure("plain"), BuildFailed("reported", "", "", "plain")),
        (failure("garbled", source=b"{"), BuildFailed("reported", "", "", "garbled")),
        (
            FileChanged(b"a/b", "gone"),
            BuildFailed("context-unreadable", "a/b", "", "gone"),
        ),
        (FileChanged(b"a/b"), BuildFailed("context-changed", "a/b", "")),
    ],
)
def test_failures(error: Exception, expected: K3cError) -> None:
    made = translated(error)
    assert isinstance(made, type(expected))
    assert isinstance(made, K3cError)
    assert made.fields() == expected.fields()


def test_a_failure_has_its_place() -> None:
    text = base64.b64encode(b"FROM scratch\nRUN a\nRUN b\n").decode()
    ranges = [{"start": {"line": 2}, "end": {"line": 2}}]
    source = {"info": {"filename": "Dockerfile", "data": text}, "ranges": ranges}
    made = translated(failure("failed", source=json.dumps(source).encode()))
    assert isinstance(made, BuildFailed)
    assert made.location == "Dockerfile:2"
    assert made.excerpt == "   1 |     FROM scratch\n   2 | >>> RUN a\n   3 |     RUN b"


def test_an_excerpt_ends_with_the_file() -> None:
    assert excerpt("a\nb", 2, 5) == "   1 |     a\n   2 | >>> b"


def test_requests() -> None:
    tags = (ImageReference.parse("a"), ImageReference.parse("localhost:5000/b:2"))
    request = BuildRequest(
        Path("/c"),
        Path("/d/My.Dockerfile"),
        tags,
        {"A": "1"},
        {"L": "2"},
        target="t",
        no_cache=True,
        pull=True,
        platforms=("linux/amd64",),
        extra_hosts=("a=10.0.0.1", "b=10.0.0.2"),
        network="none",
        shm_size=1 << 20,
        ulimits=("nofile=10:20",),
        cache_from=(BuildCache("registry", {"ref": "localhost:5000/c"}),),
        attestations={"provenance": "mode=max"},
    )
    assert frontend_attributes(request) == {
        "filename": "My.Dockerfile",
        "target": "t",
        "no-cache": "",
        "image-resolve-mode": "pull",
        "platform": "linux/amd64",
        "add-hosts": "a=10.0.0.1,b=10.0.0.2",
        "force-network-mode": "none",
        "shm-size": "1048576",
        "ulimit": "nofile=10:20",
        "cache-imports": '[{"Type": "registry", "Attrs": {"ref": "localhost:5000/c"}}]',
        "attest:provenance": "mode=max",
        "build-arg:A": "1",
        "label:L": "2",
    }
    (image,) = request.exports
    assert exporter_attributes(image, request)["name"] == "docker.io/library/a:latest,localhost:5000/b:2"
    bare = BuildRequest(Path("/c"), Path("/c/Dockerfile"))
    assert frontend_attributes(bare) == {"filename": "Dockerfile", "image-resolve-mode": "local"}
    assert "name" not in exporter_attributes(image, bare)
    archive = BuildOutput("oci", {"compression": "zstd"}, Path("/o.tar"))
    assert exporter_attributes(archive, replace(request, annotations={".a": "b"})) == {
        "name": "docker.io/library/a:latest,localhost:5000/b:2",
        "annotation.a": "b",
        "compression": "zstd",
    }
    assert exporter_attributes(BuildOutput("tar"), request) == {}
    assert solve_request(bare, "r", "s").Session == "s"
    assert shared_key(Path("/c")) == shared_key(Path("/c")) != shared_key(Path("/d"))
