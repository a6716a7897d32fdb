"""What containerd's failures mean."""

from __future__ import annotations

import grpc
import pytest
from grpc.aio import AioRpcError, Metadata

from adapters.containerd.errors import archive_error, registry_error, translated
from domain.errors import InvalidArgument, K3cError, NotFound, RuntimeFailed, Unauthenticated, Unavailable
from domain.image import ImageReference

_HEAD = 'failed to resolve image: failed to do request: Head "https://{host}/v2/{path}/manifests/{tag}": '


def failed(text: str, code: grpc.StatusCode = grpc.StatusCode.UNKNOWN) -> AioRpcError:
    return AioRpcError(code, Metadata(), Metadata(), details=text)


@pytest.mark.parametrize("host", ["r.test", "127.0.0.1:503", "[::1]:401"])
@pytest.mark.parametrize(
    "path", ["app", "denied", "unauthorized/401", "not/found", "no-such-host", "timeout"]
)
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{name}: not found", NotFound),
        ("failed to resolve image: {name}: not found", NotFound),
        ('image "{name}": not found', NotFound),
        (_HEAD + "dial tcp 10.0.0.1:401: connect: connection refused", Unavailable),
        (_HEAD + "dial tcp: lookup r.test on 10.0.0.2:53: no such host", Unavailable),
        (_HEAD + "net/http: TLS handshake timeout", Unavailable),
        (_HEAD + "http: server gave HTTP response to HTTPS client", Unavailable),
        (
            "unexpected status from HEAD request to https://{host}/v2/{path}/manifests/{tag}: "
            "503 Service Unavailable",
            Unavailable,
        ),
        (
            "unexpected status from HEAD request to https://{host}/v2/{path}/manifests/{tag}: "
            "401 Unauthorized",
            Unauthenticated,
        ),
        (
            "pulling from host r.test failed with status code [manifests {tag}]: 403 Forbidden",
            Unauthenticated,
        ),
        (
            "failed to authorize: pull access denied, repository does not exist: "
            "insufficient_scope: authorization failed",
            Unauthenticated,
        ),
        ("disk full", RuntimeFailed),
    ],
)
def test_a_registrys_verdict_is_not_mistaken_for_a_name(
    text: str, kind: type[K3cError], path: str, host: str
) -> None:
    name = ImageReference.parse(f"{host}/{path}:404")
    error = registry_error(failed(text.format(name=name, path=path, host=host, tag="404")), name)
    assert type(error) is kind


def test_what_the_errors_say() -> None:
    name = ImageReference.parse("busybox:1")
    assert registry_error(failed("x: 401 Unauthorized"), name).fields() == {
        "registry": "docker.io",
        "problem": "unauthorized",
    }
    assert registry_error(failed("x: 403 Forbidden"), name).fields()["problem"] == "forbidden"
    assert (
        registry_error(failed("dial tcp: lookup x: no such host"), name).fields()["problem"] == "no-such-host"
    )
    assert registry_error(failed("x: not found"), name).fields() == {
        "kind": "image",
        "reference": "busybox:1",
    }
    assert registry_error(failed("dial tcp: connect: connection refused"), name).fields() == {
        "service": "registry",
        "address": "docker.io",
        "problem": "refused",
        "detail": "",
    }


def test_content_that_is_not_what_its_digest_says() -> None:
    text = 'failed commit on ref "layer-sha256:ab": "layer-sha256:ab" failed size validation: 2 != 1'
    fields = registry_error(failed(text), ImageReference.parse("r.test/x:1")).fields()
    assert (fields["address"], fields["problem"], fields["detail"]) == (
        "r.test",
        "wrong-content",
        "sha256:ab",
    )


def test_a_socket_where_nobody_answers() -> None:
    text = "failed to connect to all addresses; last error: UNKNOWN: unix:/run/x/c.sock: No such file or directory"
    error = failed(text, grpc.StatusCode.UNAVAILABLE)
    name = ImageReference.parse("busybox:1")
    expected = {
        "service": "containerd",
        "address": "unix:///run/x/c.sock",
        "problem": "reported",
        "detail": "No such file or directory",
    }
    assert registry_error(error, name).fields() == archive_error(error, name).fields() == expected


def test_an_archive_that_is_none() -> None:
    error = archive_error(failed("unexpected EOF"), ImageReference.parse("busybox:1"))
    assert list(error.fields().values()) == ["image archive", "busybox:1", "reported", "unexpected EOF"]


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [
        (grpc.StatusCode.NOT_FOUND, "container", NotFound),
        (grpc.StatusCode.NOT_FOUND, "", RuntimeFailed),
        (grpc.StatusCode.UNAVAILABLE, "container", Unavailable),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "", Unavailable),
        (grpc.StatusCode.UNKNOWN, "container", RuntimeFailed),
    ],
)
async def test_codes(code: grpc.StatusCode, kind: str, expected: type[K3cError]) -> None:
    with pytest.raises(K3cError) as raised:
        async with translated(kind, "web"):
            raise failed("it went wrong", code)
    assert type(raised.value) is expected
    assert isinstance(raised.value.__cause__, AioRpcError)


async def test_our_own_errors_pass() -> None:
    with pytest.raises(InvalidArgument):
        async with translated("image", "x"):
            raise InvalidArgument("a", "b", "unknown")
