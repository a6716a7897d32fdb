"""Credentials, where docker keeps them: in config.json, and with the docker-credential-* helpers that it names."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from domain.errors import InvalidArgument
from domain.image import DEFAULT_REGISTRY, Credentials
from entrypoints.cli.connection import credential_helpers
from entrypoints.cli.connection.docker_config import Config, change_config, read_config

_DOCKER_HUB = "https://index.docker.io/v1/"


async def credentials_for(registry: str) -> Credentials | None:
    """Return the credentials for a registry host, None without credentials.

    Raises InvalidArgument for a config that cannot be read, Unavailable for a helper that fails.
    """
    config = read_config()
    names = names_of(registry)
    helpers = _table(config, "credHelpers")
    for name in names:
        if helper := helpers.get(name):
            return await credential_helpers.get(helper, name)
    if store := config.get("credsStore"):
        for name in names:
            if found := await credential_helpers.get(store, name):
                return found
    auths = _table(config, "auths")
    return next((found for name in names if (found := _decode(name, auths.get(name)))), None)


async def keep(registry: str, credentials: Credentials) -> bool:
    """Keep credentials where docker would; returns whether that is config.json, which is not encrypted.

    Raises InvalidArgument, Unavailable.
    """
    name = names_of(registry)[0]
    helper = _helper(read_config(), name)
    if helper:
        await credential_helpers.store(helper, name, credentials)
    entry = {} if helper else _encode(credentials)

    def change(config: Config) -> None:
        auths = config["auths"] = _table(config, "auths")
        for other in names_of(registry):
            auths.pop(other, None)
        auths[name] = entry  # docker keeps an empty one beside what a helper has

    change_config(change)
    return not helper


async def forget(registry: str) -> None:
    """Have the credentials of a registry forgotten, under each name. Raises InvalidArgument, Unavailable."""
    names = names_of(registry)
    config = read_config()
    for name in names:
        if helper := _helper(config, name):
            await credential_helpers.erase(helper, name)

    def change(config: Config) -> None:
        auths = _table(config, "auths")
        for name in names:
            auths.pop(name, None)

    change_config(change)


def registry_of(server: str) -> str:
    """Return the host that a server's URL or name means, "" for docker's own registry: `docker.io`."""
    bare = server.partition("://")[2] or server
    host = bare.partition("/")[0]
    return DEFAULT_REGISTRY if host in {"", "index.docker.io", "registry-1.docker.io"} else host


def names_of(registry: str) -> tuple[str, ...]:
    """Return the keys under which docker may have stored a registry, first that under which it does."""
    if registry == DEFAULT_REGISTRY:
        return (_DOCKER_HUB, "index.docker.io", DEFAULT_REGISTRY, "registry-1.docker.io")
    schemes = (f"{scheme}://{registry}" for scheme in ("https", "http"))
    return (registry, *schemes, *(f"https://{registry}/{version}/" for version in ("v1", "v2")))


def _helper(config: Config, name: str) -> str:
    return str(_table(config, "credHelpers").get(name) or config.get("credsStore") or "")


def _table(config: Config, key: str) -> dict[str, Any]:
    table = {} if config.get(key) is None else config[key]
    if not isinstance(table, dict):
        raise InvalidArgument("docker config", key, "not-an-object")
    return table


def _encode(credentials: Credentials) -> dict[str, str]:
    token = {} if credentials.username else {"identitytoken": credentials.secret}
    pair = f"{credentials.username}:{'' if token else credentials.secret}"
    return {"auth": base64.b64encode(pair.encode()).decode(), **token}


def _decode(name: str, entry: Any) -> Credentials | None:
    if not entry:
        return None
    if not isinstance(entry, dict):
        raise InvalidArgument("docker config", name, "not-an-object")
    if entry.get("identitytoken"):
        return Credentials("", entry["identitytoken"])
    if entry.get("username") and entry.get("password"):
        return Credentials(entry["username"], entry["password"])
    if not entry.get("auth"):
        return None
    try:
        username, _, secret = base64.b64decode(entry["auth"], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidArgument("docker config", name, "not-basic-auth") from error
    return Credentials(username, secret.rstrip("\0"))
