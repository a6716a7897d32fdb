"""docker's config.json: read as it is, and changed without losing what others keep in it."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from domain.errors import InvalidArgument

Config = dict[str, Any]


def config_file() -> Path:
    """Return the path of docker's config.json: in `DOCKER_CONFIG`, else in ~/.docker."""
    return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"


def read_config() -> Config:
    """Return what is in the file, {} where there is none. Raises InvalidArgument."""
    path = config_file()
    try:
        config = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InvalidArgument("docker config", str(path), "reported", str(error)) from error
    if not isinstance(config, dict):
        raise InvalidArgument("docker config", str(path), "not-an-object")
    return config


def change_config(change: Callable[[Config], None]) -> None:
    """Read the file, change it, and put it in place at once, for its owner alone (0600). Raises InvalidArgument.

    Calls of k3c wait for each other. A file that is a link stays one, and what it leads to is changed.
    """
    path = Path(os.path.realpath(config_file()))
    try:
        with _locked(path.parent):
            config = read_config()
            before = json.dumps(config)
            change(config)
            if json.dumps(config) != before:
                _replace(path, json.dumps(config, indent="\t", ensure_ascii=False))
    except OSError as error:
        raise InvalidArgument("docker config", str(path), "reported", error.strerror or str(error)) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's own lock, which leaves no file behind."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=path.name, dir=path.parent)  # it makes files with 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError, PermissionError):
            owner = path.stat()
            os.chown(temporary, owner.st_uid, owner.st_gid)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
