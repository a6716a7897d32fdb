"""The host's resolv.conf."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from domain.network import Dns, parse_resolv_conf

_WITHOUT_FILE = Dns(servers=("127.0.0.1",))  # resolv.conf(5): the name server on this machine is asked


class LinuxHostResolver:
    """application.ports.host.HostResolver.

    The file is read at each call: it changes when a laptop changes its network.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def settings(self) -> Dns:
        """Read resolv.conf(5)."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> Dns:
        with suppress(FileNotFoundError):
            return parse_resolv_conf(self._path.read_text(errors="replace")).with_defaults(_WITHOUT_FILE)
        return _WITHOUT_FILE
