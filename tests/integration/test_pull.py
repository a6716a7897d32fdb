"""`pull` from registries that break off, lie and refuse; what it shows, and what it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.containerd.images.oci_archive import single_layer_image
from domain.names import new_id
from tests.integration.daemon import K3c, until
from tests.integration.registry import Registry
from tests.oci_archive import an_archive, blobs_of
from tests.scripted_registry import Reply, Request, ScriptedRegistry, largest, scripted_registry, serving

Answers = Callable[[Request], Reply]


@pytest.fixture
def remote() -> Iterator[ScriptedRegistry]:
    with scripted_registry(lambda _: Reply(500)) as registry:
        yield registry


def an_image(megabytes: int = 0) -> bytes:
    if not megabytes:
        return an_archive(new_id())
    return single_layer_image({"big": (os.urandom(megabytes << 20), 0o600)}, {})


def changed(archive: bytes, suffix: str, change: Callable[[Reply], Reply]) -> Answers:
    """A registry that changes its answers to what ends so."""
    answer = serving(archive)
    return lambda request: change(answer(request)) if request.path.endswith(suffix) else answer(request)


def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a command, and return its exit code."""
    process.communicate(timeout=60)
    return process.returncode


def leases(k3c: K3c, name: str) -> list[str]:
    """The leases of pulls, as containerd lists them."""
    ctr = Path(k3c.program).parents[1] / "libexec" / "k3c" / "ctr"
    socket = k3c.daemon.state / "containerd.sock"
    listed = subprocess.run(
        [ctr, "-a", socket, "-n", "k8s.io", "leases", "ls"], capture_output=True, check=True, text=True
    )
    return [line for line in listed.stdout.splitlines() if f"k3c.io/pull={name}" in line]


def test_what_is_shown(k3c: K3c, remote: ScriptedRegistry) -> None:
    archive = an_image()
    remote.answer = serving(archive)
    name = f"{remote.address}/shown:1"
    layer = largest(archive)
    done = k3c("pull", name)
    digest = json.loads(blobs_of(archive)["index.json"])["manifests"][0]["digest"]
    assert done.stdout == f"Digest: {digest}\nStatus: Downloaded newer image for {name}\n{name}\n"
    assert f"{layer[7:19]}: Pull complete\n" in done.stderr
    again = k3c("pull", "--progress", "rawjson", name)
    steps = [json.loads(line) for line in again.stderr.splitlines()]
    assert (steps[-1]["status"], steps[-1]["id"]) == ("up to date", digest)
    assert again.stdout.splitlines()[1] == f"Status: Image is up to date for {name}"
    for arguments in (("-q",), ("--progress", "quiet")):
        assert k3c("pull", *arguments, name).stderr == ""
    assert k3c.ok("pull", "-q", name) == name


def test_what_was_fetched_is_not_fetched_again(k3c: K3c, remote: ScriptedRegistry) -> None:
    archive = an_image(8)
    layer = largest(archive)
    cut = 5 << 20
    remote.answer = changed(
        archive,
        layer,
        lambda reply: (
            replace(reply, body=reply.body[:cut], length=len(reply.body))
            if reply.status == 200
            else Reply(500)
        ),
    )
    name = f"{remote.address}/resumed:1"
    k3c.fails("pull", "-q", name)
    assert k3c.ok("images", "-q", name) == ""
    assert leases(k3c, name) != []
    remote.requests.clear()
    remote.answer = serving(archive)
    k3c.ok("pull", "-q", name)
    ranges = [request.headers.get("range", "") for request in remote.requests if request.path.endswith(layer)]
    assert ranges
    assert all(text.startswith("bytes=") and not text.startswith("bytes=0-") for text in ranges), ranges
    assert leases(k3c, name) == []
    k3c.ok("rmi", name)


def test_an_interrupt_in_the_middle(k3c: K3c, remote: ScriptedRegistry) -> None:
    archive, go_on, reached = an_image(8), threading.Event(), threading.Event()
    layer = largest(archive)

    def stall(reply: Reply) -> Reply:
        reached.set()
        go_on.wait(60)
        return reply

    remote.answer = changed(archive, layer, stall)
    name = f"{remote.address}/interrupted:1"
    pulling = k3c.start("pull", "-q", name)
    assert reached.wait(20)
    pulling.send_signal(signal.SIGINT)
    assert ended(pulling) == 130
    go_on.set()
    assert k3c.ok("images", "-q", name) == ""
    remote.answer = serving(archive)
    assert k3c.ok("pull", "-q", name) == name
    assert k3c.ok("images", "-q", name) != ""


def test_several_pulls_share_the_work(k3c: K3c, remote: ScriptedRegistry) -> None:
    archive = an_image(4)
    layer = largest(archive)
    remote.answer = serving(archive)
    name = f"{remote.address}/shared:1"
    pulls = [k3c.start("pull", "-q", name) for _ in range(4)]
    assert [ended(pull) for pull in pulls] == [0] * 4
    fetched = [request for request in remote.requests if request.path.endswith(layer)]
    assert len([request for request in fetched if request.method == "GET"]) == 1


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("other bytes", lambda reply: replace(reply, body=reply.body[:-1] + b"\1")),
        ("longer", lambda reply: replace(reply, body=reply.body + b"more")),
        ("gone", lambda reply: Reply(404)),
        ("an error", lambda reply: Reply(500)),
        ("in a circle", lambda reply: Reply(307, {"Location": "/v2/"})),
    ],
)
def test_a_layer_that_is_not_what_it_should_be(
    k3c: K3c, remote: ScriptedRegistry, what: str, change: Callable[[Reply], Reply]
) -> None:
    archive = an_image()
    remote.answer = changed(archive, largest(archive), change)
    name = f"{remote.address}/lies:1"
    line = k3c.fails("pull", "-q", name)
    assert len(line) < 500
    assert k3c.ok("images", "-q", name) == ""
    remote.answer = serving(archive)
    k3c.ok("pull", "-q", name)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff" * 100, b'{"layers": 7}', b" " * (10 << 20)])
def test_a_manifest_that_is_none(k3c: K3c, remote: ScriptedRegistry, body: bytes) -> None:
    headers = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
    remote.answer = lambda _: Reply(200, headers, body)
    name = f"{remote.address}/nonsense:1"
    k3c.fails("pull", "-q", name)
    assert k3c.ok("images", "-q", name) == ""


def test_no_credentials_follow_to_another_host(k3c: K3c, remote: ScriptedRegistry, tmp_path: Path) -> None:
    archive = an_image()
    layer = largest(archive)
    with scripted_registry(serving(archive)) as elsewhere:
        answer = serving(archive)

        def locked(request: Request) -> Reply:
            if "authorization" not in request.headers:
                return Reply(401, {"WWW-Authenticate": 'Basic realm="here"'})
            if request.path.endswith(layer):
                host = elsewhere.address.replace("127.0.0.1", "localhost")
                return Reply(307, {"Location": f"http://{host}{request.path}"})
            return answer(request)

        remote.answer = locked
        config = {"auths": {remote.address: {"auth": "dGVzdGVyOmh1bnRlcjI="}}}
        (tmp_path / "config.json").write_text(json.dumps(config))
        knowing = K3c(k3c.daemon, {"DOCKER_CONFIG": str(tmp_path)})
        knowing.ok("pull", "-q", f"{remote.address}/moved:1")
        assert elsewhere.requests
        assert all("authorization" not in request.headers for request in elsewhere.requests)


def test_forbidden(k3c: K3c, remote: ScriptedRegistry) -> None:
    remote.answer = lambda _: Reply(403)
    name = f"{remote.address}/x:1"
    assert "forbids this (403)" in k3c.fails("pull", "-q", name)
    assert leases(k3c, name) == []


def test_containerd_is_killed_in_the_middle(k3c: K3c, remote: ScriptedRegistry) -> None:
    archive, go_on, reached = an_image(8), threading.Event(), threading.Event()

    def stall(reply: Reply) -> Reply:
        reached.set()
        go_on.wait(60)
        return reply

    remote.answer = changed(archive, largest(archive), stall)
    name = f"{remote.address}/killed:1"
    pulling = k3c.start("pull", "-q", name)
    assert reached.wait(20)
    os.kill(json.loads((k3c.daemon.state / "containerd.pid").read_text())["pid"], signal.SIGKILL)
    assert ended(pulling) == 1
    go_on.set()
    remote.answer = serving(archive)
    until(lambda: k3c("images", "-q").returncode == 0)
    assert k3c.ok("images", "-q", name) == ""
    until(lambda: k3c("pull", "-q", name).returncode == 0, 30)
    assert k3c.ok("images", "-q", name) != ""


def test_push_says_what_it_pushed(k3c: K3c, plain_registry: Registry) -> None:
    name = f"{plain_registry.address}/pushed/{new_id()[:12]}:2"
    k3c.ok("tag", "busybox", name)
    done = k3c("push", name)
    digest, _, size = done.stdout.removeprefix("2: digest: ").partition(" size: ")
    assert done.returncode == 0
    assert digest.startswith("sha256:")
    assert int(size) > 0
    assert "Pushed" in done.stderr
    again = k3c("push", name)
    assert again.stdout == done.stdout
    assert "Layer already exists" in again.stderr
