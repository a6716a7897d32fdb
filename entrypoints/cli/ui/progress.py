"""Progress of pulls and pushes on stderr."""

from __future__ import annotations

import sys
import time

from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.cli.ui.table import size

_INTERVAL = 0.1  # seconds between two drawings of the same line


class TransferDisplay:
    """A line that is drawn over on a terminal; elsewhere one line for every blob that is done."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._blobs: dict[str, tuple[int, int]] = {}
        self._finished: set[str] = set()
        self._drawn = 0.0

    def show(self, step: pb.TransferResponse) -> None:
        """Take one step in."""
        if self._quiet or not step.name:
            return
        self._blobs[step.name] = (step.done, step.total)
        if self._terminal:
            self._draw()
        elif step.total and step.done >= step.total and step.name not in self._finished:
            self._finished.add(step.name)
            sys.stderr.write(f"{step.name.removeprefix('sha256:')[:12]}: {step.status} {size(step.total)}\n")
            sys.stderr.flush()

    def _draw(self) -> None:
        if time.monotonic() - self._drawn < _INTERVAL:
            return
        self._drawn = time.monotonic()
        done, total = (sum(counts) for counts in zip(*self._blobs.values(), strict=True))
        sys.stderr.write(f"\r\033[K{len(self._blobs)} blobs, {size(done)} of {size(total)}")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave a clean line."""
        if self._terminal and not self._quiet:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
