"""The SSH agents of a build: the caller's own, or one that is started for keys and ends with the build."""

from __future__ import annotations

import asyncio
import os
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from domain.build_options import parse_ssh
from domain.errors import InvalidArgument, Unavailable

_AGENT = "SSH agent"
_OWN = "SSH_AUTH_SOCK"


@asynccontextmanager
async def ssh_agents(texts: tuple[str, ...]) -> AsyncIterator[dict[str, Path]]:
    """Give the sockets of the agents by their ids, for the time of the block.

    Raises InvalidArgument for a path that is neither socket nor key, Unavailable for programs that are missing.
    """
    async with AsyncExitStack() as stack:
        agents = {}
        for text in texts:
            name, paths = parse_ssh(text)
            agents[name] = await _agent(stack, text, [Path(path) for path in paths])
        yield agents


async def _agent(stack: AsyncExitStack, text: str, paths: list[Path]) -> Path:
    if not paths:
        if not os.environ.get(_OWN):
            raise InvalidArgument(_AGENT, text, "no-such-variable", _OWN)
        paths = [Path(os.environ[_OWN])]
    for path in paths:
        if not path.exists():
            raise InvalidArgument(_AGENT, text, "no-such-file")
    if len(paths) == 1 and stat.S_ISSOCK(paths[0].stat().st_mode):
        return paths[0].absolute()
    return await stack.enter_async_context(_with_keys(text, paths))


@asynccontextmanager
async def _with_keys(text: str, keys: list[Path]) -> AsyncIterator[Path]:
    """An agent of OpenSSH's in a folder that only the caller can enter."""
    with tempfile.TemporaryDirectory(prefix="k3c-ssh-") as folder:
        socket = Path(folder, "agent")
        agent = await _started("ssh-agent", "-D", "-a", str(socket))
        try:
            if agent.stdout is not None:
                await agent.stdout.readline()  # said once it listens
            for key in keys:
                await _add(socket, text, key)
            yield socket
        finally:
            if agent.returncode is None:
                agent.terminate()
                await agent.wait()


async def _add(socket: Path, text: str, key: Path) -> None:
    adding = await _started("ssh-add", "-q", str(key.absolute()), socket=socket)
    _, said = await adding.communicate()
    if adding.returncode != 0:
        lines = said.decode(errors="replace").strip().splitlines()
        raise InvalidArgument(_AGENT, text, "reported", lines[-1] if lines else key.name)


async def _started(*command: str, socket: Path | None = None) -> asyncio.subprocess.Process:
    """Start a program that cannot ask for a passphrase."""
    environment = os.environ | {"SSH_ASKPASS_REQUIRE": "never"} | ({_OWN: str(socket)} if socket else {})
    quiet, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=quiet,
            stdout=quiet if socket else pipe,
            stderr=pipe if socket else quiet,
            env=environment,
            start_new_session=True,  # Ctrl-C is ours to handle, and there is no terminal to ask at
        )
    except FileNotFoundError as error:
        raise Unavailable(command[0], "", "missing-program") from error
