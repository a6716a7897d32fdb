"""docker-credential-* programs: each keeps credentials, and is told by a word what to do with what it reads."""

from __future__ import annotations

import asyncio
import json
from typing import Literal

from domain.errors import Unavailable
from domain.image import Credentials

_TOKEN_USER = "<token>"  # noqa: S105 - what helpers have in place of a user name
_MISSING = "credentials not found"


async def get(helper: str, server: str) -> Credentials | None:
    """Return what a helper has for a server, None for nothing. Raises Unavailable."""
    output = await _run(helper, "get", server)
    if output is None:
        return None
    try:
        answer = json.loads(output)
        username, secret = str(answer["Username"]), str(answer["Secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(_program(helper), "", "answer-form") from error
    return Credentials("" if username == _TOKEN_USER else username, secret)


async def store(helper: str, server: str, credentials: Credentials) -> None:
    """Have a helper keep credentials, by its input: arguments are for everybody to see. Raises Unavailable."""
    username = credentials.username or _TOKEN_USER
    entry = {"ServerURL": server, "Username": username, "Secret": credentials.secret}
    await _run(helper, "store", json.dumps(entry))


async def erase(helper: str, server: str) -> None:
    """Have a helper forget a server; that it has nothing is no error. Raises Unavailable."""
    await _run(helper, "erase", server)


def _program(helper: str) -> str:
    return f"docker-credential-{helper}"


async def _run(helper: str, word: Literal["get", "store", "erase"], data: str) -> bytes | None:
    """Run a helper and return what it writes, None if it has no such credentials. Raises Unavailable."""
    program, pipe = _program(helper), asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(program, word, stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        raise Unavailable(program, "", "failed", error.strerror or str(error)) from error
    output, said = await process.communicate(data.encode())
    if process.returncode == 0:
        return output
    text = (output + said).decode(errors="replace").strip()
    if _MISSING in text:
        return None
    raise Unavailable(program, "", "failed", text.splitlines()[0] if text else str(process.returncode))
