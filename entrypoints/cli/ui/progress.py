"""Progress of pulls and pushes on stderr: bars on a terminal, lines elsewhere, JSON for machines."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.cli.ui.table import size

Mode = Literal["auto", "plain", "tty", "rawjson", "quiet"]

_INTERVAL = 0.1  # seconds between two drawings
_BAR = 25  # columns
_SHOWN = 12  # digits of a digest
_WORDS = {
    "waiting": "Waiting",
    "downloading": "Downloading",
    "uploading": "Pushing",
    "extracting": "Extracting",
    "complete": "Download complete",
    "extracted": "Pull complete",
    "already exists": "Already exists",
}
_PUSHED = {**_WORDS, "complete": "Pushed", "already exists": "Layer already exists"}
_MOVING = ("downloading", "uploading", "extracting")


@dataclass
class Blob:
    """What is known of a layer. `began` is when its bytes began to move, by the monotonic clock."""

    status: str = ""
    done: int = 0
    total: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def rate(self) -> float:
        """Bytes a second since they began to move."""
        return self.done / max(time.monotonic() - self.began, 0.001)


class TransferDisplay:
    """Shows the steps of a transfer; `end` is called in any case."""

    def __init__(self, mode: Mode, *, pushing: bool = False) -> None:
        self._mode = mode
        if mode == "auto":
            self._mode = "tty" if sys.stderr.isatty() else "plain"
        self._words = _PUSHED if pushing else _WORDS
        self._blobs: dict[str, Blob] = {}
        self._drawn = 0.0
        self._lines = 0

    def show(self, step: pb.TransferResponse) -> None:
        """Take one step in."""
        if self._mode == "rawjson":
            _write(json.dumps(_record(step)) + "\n")
        elif self._mode != "quiet" and step.kind == "layer":
            self._layer(step)

    def end(self) -> None:
        """Show the last state."""
        if self._mode == "tty":
            self._draw()

    def _layer(self, step: pb.TransferResponse) -> None:
        blob = self._blobs.setdefault(step.name, Blob())
        is_new = step.status != blob.status
        if is_new and step.status in _MOVING:
            blob.began = time.monotonic()
        blob.status, blob.done, blob.total = step.status, step.done, step.total or blob.total
        if self._mode == "tty":
            if time.monotonic() - self._drawn >= _INTERVAL:
                self._draw()
        elif is_new and step.status in self._words and step.status not in _MOVING[:2]:
            _write(f"{_short(step.name)}: {self._plain(blob)}\n")

    def _plain(self, blob: Blob) -> str:
        moved = f" {size(blob.total)} ({size(blob.rate)}/s)" if blob.status == "complete" else ""
        return self._words[blob.status] + moved

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        columns, rows = _terminal_size()
        lines = [line[: columns - 1] for line in self._rows(max(rows - 2, 1))]
        up = f"\033[{self._lines}A" if self._lines else ""
        _write(up + "".join(f"\r\033[K{line}\n" for line in lines))
        self._lines = max(self._lines, len(lines))

    def _rows(self, most: int) -> Iterator[str]:
        """A line for each layer; those that move come first where there is no room for all."""
        blobs = list(self._blobs.items())
        if len(blobs) > most:
            blobs.sort(key=lambda item: item[1].status not in _MOVING)
            yield f"{len(blobs)} layers, {sum(blob.status not in _MOVING for _, blob in blobs)} at rest"
            blobs = blobs[: most - 1]
        for name, blob in blobs:
            yield f"{_short(name)}: {self._words.get(blob.status, blob.status)}{self._bar(blob)}"

    @staticmethod
    def _bar(blob: Blob) -> str:
        if blob.status not in _MOVING or not blob.total:
            return ""
        filled = min(_BAR, blob.done * _BAR // blob.total)
        bar = ("=" * filled + ">").ljust(_BAR)[:_BAR]
        return f" [{bar}] {size(blob.done)}/{size(blob.total)} {size(blob.rate)}/s"


def _record(step: pb.TransferResponse) -> dict[str, object]:
    """A step as a line for machines; `current` and `total` are bytes."""
    return {
        "status": step.status,
        "kind": step.kind,
        "id": step.name or step.digest,
        "current": step.done,
        "total": step.total,
    }


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:_SHOWN]


def _terminal_size() -> tuple[int, int]:
    try:
        columns, rows = os.get_terminal_size(sys.stderr.fileno())
    except OSError:
        return 80, 24
    return columns or 80, rows or 24


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
