"""Credentials, from where docker keeps them: config.json and the docker-credential-* helpers."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import os
from pathlib import Path
from typing import Any

from domain.errors import InvalidArgument, Unavailable
from domain.image import DEFAULT_REGISTRY, Credentials

_DOCKER_HUB = "https://index.docker.io/v1/"
_TOKEN_USER = "<token>"  # noqa: S105 - what helpers answer in place of a user name
_MISSING = "credentials not found"


def config_file() -> Path:
    """Return the path of docker's config.json: in `DOCKER_CONFIG`, else in ~/.docker."""
    return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"


async def credentials_for(registry: str) -> Credentials | None:
    """Return the credentials for a registry host, None without credentials.

    Raises InvalidArgument for a config that cannot be read, Unavailable for a helper that fails.
    """
    config = _read_config()
    names = _names_of(registry)
    helpers = config.get("credHelpers", {})
    for name in names:
        if helper := helpers.get(name):
            return await _ask_helper(helper, name)
    if store := config.get("credsStore"):
        for name in names:
            if found := await _ask_helper(store, name):
                return found
    auths = config.get("auths", {})
    return next((found for name in names if (found := _decode(name, auths.get(name)))), None)


def _names_of(registry: str) -> tuple[str, ...]:
    """Return the keys under which docker may have stored a registry."""
    if registry == DEFAULT_REGISTRY:
        return (_DOCKER_HUB, "index.docker.io", DEFAULT_REGISTRY, "registry-1.docker.io")
    return (
        registry,
        f"https://{registry}",
        f"http://{registry}",
        f"https://{registry}/v1/",
        f"https://{registry}/v2/",
    )


def _read_config() -> dict[str, Any]:
    path = config_file()
    try:
        config = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InvalidArgument("docker config", str(path), str(error)) from error
    if not isinstance(config, dict):
        raise InvalidArgument("docker config", str(path), "it must be a JSON object")
    return config


def _decode(name: str, entry: dict[str, str] | None) -> Credentials | None:
    if not entry:
        return None
    if entry.get("username") and entry.get("password"):
        return Credentials(entry["username"], entry["password"])
    if not entry.get("auth"):
        return None
    try:
        username, _, secret = base64.b64decode(entry["auth"]).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidArgument("docker config", name, "its auth is not base64 of user:password") from error
    return Credentials(username, secret.rstrip("\0"))


async def _ask_helper(helper: str, server: str) -> Credentials | None:
    """Run `docker-credential-HELPER get`, which reads the server's name and writes JSON with Username and Secret."""
    program = f"docker-credential-{helper}"
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(program, "get", stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        raise Unavailable(program, "", error.strerror or str(error)) from error
    output, said = await process.communicate(server.encode())
    if process.returncode != 0:
        text = (output + said).decode(errors="replace").strip()
        if _MISSING in text:
            return None
        raise Unavailable(program, "", text.splitlines()[0] if text else f"status {process.returncode}")
    try:
        credentials = json.loads(output)
        username, secret = str(credentials["Username"]), str(credentials["Secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(program, "", "its answer is not what a credential helper says") from error
    return Credentials("" if username == _TOKEN_USER else username, secret)
