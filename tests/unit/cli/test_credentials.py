"""What is kept in docker's config.json, and by helpers."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidArgument, Unavailable
from domain.image import Credentials
from entrypoints.cli.connection.credentials import credentials_for, forget, keep, registry_of
from entrypoints.cli.connection.docker_config import change_config, read_config

LOGIN = Credentials("tester", "hünter:2")
HELPER = """#!/bin/sh
echo "$@" >> "{folder}/calls"
case $1 in
get) test -f "{folder}/kept" || {{ echo "credentials not found in native keychain"; exit 1; }}; cat "{folder}/kept";;
store) cat > "{folder}/kept";;
erase) rm -f "{folder}/kept";;
esac
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def write(folder: Path, config: dict[str, Any]) -> None:
    (folder / "config.json").write_text(json.dumps(config))


def helper(folder: Path, name: str = "test", text: str = HELPER) -> None:
    program = folder / f"docker-credential-{name}"
    program.write_text(text.replace("{folder}", str(folder)).replace("{{", "{").replace("}}", "}"))
    program.chmod(0o755)


@pytest.mark.parametrize("registry", ["docker.io", "r.test", "localhost:5000"])
@pytest.mark.parametrize("credentials", [LOGIN, Credentials("", "refresh")])
async def test_there_and_back(folder: Path, registry: str, credentials: Credentials) -> None:
    write(folder, {"detachKeys": "ctrl-x", "auths": {"other.test": {"auth": "YTpi"}}})
    assert await keep(registry, credentials)
    assert await credentials_for(registry) == credentials
    assert (folder / "config.json").stat().st_mode & 0o777 == 0o600
    await forget(registry)
    assert await credentials_for(registry) is None
    assert read_config() == {"detachKeys": "ctrl-x", "auths": {"other.test": {"auth": "YTpi"}}}
    assert sorted(path.name for path in folder.iterdir()) == ["config.json"]


async def test_docker_finds_what_is_kept(folder: Path) -> None:
    await keep("docker.io", Credentials("tester", "hunter2"))
    assert read_config() == {"auths": {"https://index.docker.io/v1/": {"auth": "dGVzdGVyOmh1bnRlcjI="}}}


async def test_other_spellings_of_a_registry_give_way(folder: Path) -> None:
    write(folder, {"auths": {"https://r.test/v2/": {"auth": "YTpi"}}})
    await keep("r.test", LOGIN)
    assert list(read_config()["auths"]) == ["r.test"]


@pytest.mark.parametrize("config", [{"credsStore": "test"}, {"credHelpers": {"r.test": "test"}}])
async def test_a_helper(folder: Path, config: dict[str, Any]) -> None:
    helper(folder)
    write(folder, config)
    for credentials in (LOGIN, Credentials("", "refresh")):
        assert not await keep("r.test", credentials)
        assert await credentials_for("r.test") == credentials
        assert "refresh" not in (folder / "config.json").read_text()
    assert read_config()["auths"] == {"r.test": {}}
    await forget("r.test")
    assert await credentials_for("r.test") is None
    assert set((folder / "calls").read_text().split()) == {"store", "get", "erase"}


async def test_a_helper_that_fails_keeps_nothing(folder: Path) -> None:
    helper(folder, text="#!/bin/sh\necho locked >&2\nexit 1\n")
    write(folder, {"credsStore": "test"})
    with pytest.raises(Unavailable) as raised:
        await keep("r.test", LOGIN)
    assert (raised.value.service, raised.value.detail) == ("docker-credential-test", "locked")
    assert read_config() == {"credsStore": "test"}


async def test_a_helper_that_is_missing(folder: Path) -> None:
    write(folder, {"credsStore": "none"})
    with pytest.raises(Unavailable):
        await credentials_for("r.test")


async def test_a_file_that_is_a_link_stays_one(folder: Path) -> None:
    target = folder / "elsewhere.json"
    target.write_text("{}")
    (folder / "config.json").symlink_to(target)
    await keep("r.test", LOGIN)
    assert (folder / "config.json").is_symlink()
    assert list(json.loads(target.read_text())["auths"]) == ["r.test"]


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"auths": []}', '{"auths": {"r.test": {"auth": "%"}}}', '{"auths": {"r.test": 1}}']
)
async def test_a_config_that_cannot_be_read_is_left_as_it_is(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    with pytest.raises(InvalidArgument):
        await credentials_for("r.test")
    assert (folder / "config.json").read_text() == text


def test_many_at_once_lose_nothing(folder: Path) -> None:
    threads = [
        threading.Thread(target=lambda number=number: asyncio.run(keep(f"r{number}.test", LOGIN)))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_config()["auths"]) == 8


def test_a_change_that_fails_changes_nothing(folder: Path) -> None:
    write(folder, {"a": "b"})

    def change(config: dict[str, Any]) -> None:
        config["a"] = "c"
        raise InvalidArgument("registry", "", "empty")

    with pytest.raises(InvalidArgument):
        change_config(change)
    assert read_config() == {"a": "b"}


@pytest.mark.parametrize(
    ("server", "registry"),
    [
        ("", "docker.io"),
        ("docker.io", "docker.io"),
        ("https://index.docker.io/v1/", "docker.io"),
        ("r.test", "r.test"),
        ("https://r.test:5000/v2/", "r.test:5000"),
        ("localhost:5000/some/path", "localhost:5000"),
    ],
)
def test_servers(server: str, registry: str) -> None:
    assert registry_of(server) == registry
