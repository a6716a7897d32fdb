"""`k3c login`."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

from cyclopts import Parameter

from domain.image import Credentials
from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.api.mapping.image import credentials_from_wire, credentials_to_wire
from entrypoints.cli.connection.credentials import credentials_for, keep, registry_of
from entrypoints.cli.connection.docker_config import config_file
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.ui.output import print_notice, print_result
from entrypoints.cli.ui.prompt import ask, ask_secret
from entrypoints.cli.usage import UsageError


def login(
    server: Annotated[str, Parameter(help="Registry to log in to (default docker.io)")] = "",
    /,
    *,
    username: Annotated[str, Parameter(name=["--username", "-u"], help="Username")] = "",
    password: Annotated[str, Parameter(name=["--password", "-p"], help="Password or access token")] = "",
    password_stdin: Annotated[bool, Parameter(help="Read the password from stdin")] = False,
) -> int:
    """Log in to a registry.

    Credentials are kept where docker keeps them: in config.json of DOCKER_CONFIG or ~/.docker, or with the
    credential helper that is named there.

        k3c login -u me --password-stdin r.example.com < token
    """
    if password and password_stdin:
        raise UsageError("password-twice")
    if password_stdin and not username:
        raise UsageError("password-without-user")
    if password:
        print_notice("WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
    registry = registry_of(server)
    if password_stdin:
        password = sys.stdin.read().rstrip("\r\n")
        if not password:
            raise UsageError("no-password")

    def logging_in(client: Client) -> int:
        credentials = _wanted(registry, username, password)
        request = pb.LoginRequest(registry=registry, credentials=credentials_to_wire(credentials))
        kept = credentials_from_wire(client.images.Login(request).credentials) or credentials
        if asyncio.run(keep(registry, kept)):
            print_notice(f"WARNING! Your credentials are stored unencrypted in '{config_file()}'.")
        print_result("Login Succeeded")
        return 0

    return call(logging_in)


def _wanted(registry: str, username: str, password: str) -> Credentials:
    """The credentials to log in with: what was given, what is kept already, or what is typed."""
    if username and password:
        return Credentials(username, password)
    if not username and not password and (known := asyncio.run(credentials_for(registry))) and known.secret:
        shown = f" [Username: {known.username}]" if known.username else ""
        print_notice(f"Authenticating with existing credentials...{shown}")
        return known
    if not sys.stdin.isatty():
        raise UsageError("no-terminal-to-log-in")
    name = username or ask("Username: ").strip()
    if not name:
        raise UsageError("no-user")
    secret = password or ask_secret("Password: ")
    if not secret:
        raise UsageError("no-password")
    return Credentials(name, secret)
