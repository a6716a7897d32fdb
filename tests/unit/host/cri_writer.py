"""Writing log files as containerd does."""

from __future__ import annotations

import gzip
from datetime import datetime
from io import FileIO
from pathlib import Path

from tests.unit.contracts.container_logs_contract import NOON


def record(data: bytes, stream: str = "stdout", time: datetime = NOON) -> bytes:
    """One CRI record; the timestamp is as long as its last digit that is not zero, as Go writes it."""
    fraction = f".{time.microsecond:06d}".rstrip("0").rstrip(".")
    stamp = f"{time:%Y-%m-%dT%H:%M:%S}{fraction}Z"
    tag = "F" if data.endswith(b"\n") else "P"
    return f"{stamp} {stream} {tag} ".encode() + data.removesuffix(b"\n") + b"\n"


class CriWriter:
    """A log file that is open for writing from its first line until `close`."""

    def __init__(self, folder: Path, life: int = 1) -> None:
        self.file = folder / "k3c_web_1" / "web" / f"{life}.log"
        self.path = str(self.file)
        self._open: FileIO | None = None

    def append(self, data: bytes, stream: str = "stdout", time: datetime = NOON) -> None:
        """Write a line, or a part of one, in one write."""
        self.write(record(data, stream, time))

    def write(self, raw: bytes) -> None:
        """Write bytes as they are."""
        (self._open or self.open()).write(raw)

    def open(self) -> FileIO:
        """Make and open the file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._open = self.file.open("ab", buffering=0)
        return self._open

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def rename(self, stamp: str) -> Path:
        """The first half of a rotation, which is the kubelet's; what is written still goes to this file."""
        return self.file.rename(f"{self.path}.{stamp}")

    def reopen(self) -> None:
        """The second half, which is the runtime's: the new file is there before the old one is closed."""
        old = self._open
        self.open()
        if old is not None:
            old.close()

    def rotate(self, stamp: str, *, packed: bool = False) -> None:
        """A whole rotation, and the compression that the next one does."""
        rotated = self.rename(stamp)
        self.reopen()
        if packed:
            Path(f"{rotated}.gz").write_bytes(gzip.compress(rotated.read_bytes()))
            rotated.unlink()
