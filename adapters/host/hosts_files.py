"""The /etc/hosts of containers with added names."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from adapters.host.errors import translated
from application.ports.runtime import BoundMount

SERVICE = "hosts file"
_TARGET = "/etc/hosts"
_EVERYONE = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"


class LinuxHostsFiles:
    """application.ports.host.HostsFiles: a file for each container, in `folder`, until it has been mounted."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    async def write(self, container_id: str, names: tuple[tuple[str, str], ...]) -> BoundMount:
        """Write localhost and the added names."""
        file = self._folder / container_id / "hosts"
        lines = "".join(f"{address}\t{name}\n" for name, address in names)
        await asyncio.to_thread(_write, file, _EVERYONE + lines)
        return BoundMount(str(file), _TARGET)

    async def remove(self, container_id: str) -> None:
        """Remove the file; a container that has it mounted keeps it."""
        folder = self._folder / container_id
        await asyncio.to_thread(lambda: shutil.rmtree(folder, ignore_errors=not folder.exists()))


def _write(file: Path, text: str) -> None:
    with translated(SERVICE, str(file)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o644)
