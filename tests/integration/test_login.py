"""`login` and `logout`: at registries that want a password, by Basic and by token, and what is left of it where."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.daemon import K3c
from tests.integration.registry import Registry
from tests.scripted_registry import Reply, behind_tokens, scripted_registry

SECRET = "hunter2"


@pytest.fixture
def docker_config(tmp_path: Path) -> Path:
    return tmp_path / "docker" / "config.json"


@pytest.fixture
def cli(k3c: K3c, docker_config: Path) -> K3c:
    return K3c(k3c.daemon, {"DOCKER_CONFIG": str(docker_config.parent)})


def test_a_password_from_stdin(cli: K3c, locked_registry: Registry, docker_config: Path) -> None:
    arguments = ("login", "-u", "tester", "--password-stdin", locked_registry.address)
    done = cli(*arguments, stdin=f"{SECRET}\n".encode())
    assert (done.returncode, done.stdout) == (0, "Login Succeeded\n"), done.stderr
    assert done.stderr == f"WARNING! Your credentials are stored unencrypted in '{docker_config}'.\n"
    assert docker_config.stat().st_mode & 0o777 == 0o600
    name = f"{locked_registry.address}/login:1"
    cli.ok("tag", "busybox", name)
    cli.ok("push", "-q", name)
    cli.ok("rmi", name)
    cli.ok("run", "--rm", name, "true")
    context = docker_config.parent / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(f"FROM {name}\nLABEL a=b\n")
    cli.ok("build", "-q", "--pull", "-t", "from-locked", str(context))
    out = cli.ok("logout", locked_registry.address)
    assert out == f"Removing login credentials for {locked_registry.address}"
    cli.ok("rmi", "-f", name)
    assert "(401)" in cli.fails("pull", "-q", name)


def test_nothing_tells_the_secret(cli: K3c, locked_registry: Registry) -> None:
    cli("login", "-u", "tester", "--password-stdin", locked_registry.address, stdin=SECRET.encode())
    daemon = cli.daemon
    places = [*daemon.logs().values(), *daemon.root.glob("state.db*")]
    assert places
    for place in places:
        assert SECRET.encode() not in place.read_bytes(), place
    assert SECRET not in cli.ok("events", "--since", "1h", "--until", "0s")


def test_a_wrong_password_is_kept_nowhere(cli: K3c, locked_registry: Registry, docker_config: Path) -> None:
    arguments = ("login", "-u", "tester", "--password-stdin", locked_registry.address)
    done = cli(*arguments, stdin=b"wrong")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"k3c: registry {locked_registry.address} refuses access (401)")
    assert not docker_config.exists()


def test_by_token(cli: K3c, docker_config: Path) -> None:
    with scripted_registry(lambda _: Reply(500)) as registry:
        registry.answer = behind_tokens(lambda: registry.address, "tester", SECRET, "refresh-me")
        done = cli("login", "-u", "tester", "-p", SECRET, registry.address)
        assert (done.returncode, done.stdout) == (0, "Login Succeeded\n"), done.stderr
        assert done.stderr.startswith(
            "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n"
        )
        entry = json.loads(docker_config.read_text())["auths"][registry.address]
        assert entry["identitytoken"] == "refresh-me"
        assert SECRET not in docker_config.read_text()
        assert "(401)" in cli("login", "-u", "tester", "-p", "wrong", registry.address).stderr
        registry.answer = lambda _: Reply(403)
        assert "(403)" in cli("login", "-u", "tester", "-p", SECRET, registry.address).stderr


def test_what_cannot_be_asked(cli: K3c) -> None:
    assert "no such host" in cli("login", "-u", "a", "-p", "b", "registry.invalid").stderr
    assert "connection refused" in cli("login", "-u", "a", "-p", "b", "127.0.0.1:1").stderr
    assert "invalid registry" in cli("login", "-u", "a", "-p", "b", "a b").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-p", "a", "--password-stdin"), "mutually exclusive"),
        (("--password-stdin",), "must provide --username"),
        (("-u", "a"), "non TTY device"),
        (("-u", "a", "--password-stdin"), "password is required"),
    ],
)
def test_bad_usage(cli: K3c, arguments: tuple[str, ...], said: str) -> None:
    assert said in cli.fails("login", *arguments, "127.0.0.1:1")


def test_a_password_that_is_typed_is_not_shown(cli: K3c, locked_registry: Registry) -> None:
    master, slave = pty.openpty()
    typing = subprocess.Popen(
        [cli.program, "login", locked_registry.address],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=cli.env,
        start_new_session=True,
    )
    os.close(slave)
    shown = read_until(master, b"Username: ")
    os.write(master, b"tester\n")
    shown += read_until(master, b"Password: ")
    os.write(master, f"{SECRET}\n".encode())
    shown += read_until(master, b"Login Succeeded")
    assert typing.wait(20) == 0
    os.close(master)
    assert SECRET.encode() not in shown


def read_until(descriptor: int, end: bytes, seconds: float = 20) -> bytes:
    """What a terminal shows, up to some text."""
    shown, deadline = b"", time.monotonic() + seconds
    while end not in shown:
        ready, _, _ = select.select([descriptor], [], [], deadline - time.monotonic())
        assert ready, shown
        shown += os.read(descriptor, 4096)
    return shown
