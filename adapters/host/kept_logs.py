"""Logs of removed containers, kept for a while: a folder for each, `<id>_<name>`, with the time of the removal."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

_FOLDER = "k3c-removed"


def keep_logs(paths: tuple[str, ...], container_id: str, name: str) -> None:
    """Move the folder of a container's logs aside; do nothing if the container never wrote a log."""
    if not paths:
        return
    pod = Path(paths[-1]).parent.parent
    if not pod.is_dir():
        return
    place = pod.parent / _FOLDER / f"{container_id}_{name}"
    place.parent.mkdir(exist_ok=True, mode=0o700)
    shutil.rmtree(place, ignore_errors=not place.exists())
    pod.rename(place)
    os.utime(place)


def kept_log(root: str, reference: str) -> str:
    """Return the last log of the last removed container with this name, id, or prefix of an id; "" without a log."""
    found = [place for place in _places(root) if _is_meant(place, reference)]
    if not found:
        return ""
    newest = max(found, key=lambda place: place.stat().st_mtime)
    logs = sorted(newest.glob("*/*.log"), key=lambda log: int(log.stem))
    return str(logs[-1]) if logs else ""


def forget_kept_logs(root: str, seconds: float) -> None:
    """Remove the logs that were kept for longer than `seconds`."""
    for place in _places(root):
        if time.time() - place.stat().st_mtime >= seconds:
            shutil.rmtree(place)
    with suppress(OSError):  # it is not there, or others are still kept
        (Path(root) / _FOLDER).rmdir()


def _places(root: str) -> list[Path]:
    folder = Path(root) / _FOLDER
    return [place for place in folder.iterdir() if place.is_dir()] if folder.is_dir() else []


def _is_meant(place: Path, reference: str) -> bool:
    container_id, _, name = place.name.partition("_")
    return bool(reference) and (name == reference or container_id.startswith(reference))
