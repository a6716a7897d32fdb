"""Where `cp` puts what it copies: the rules of cp(1), the same on this machine and in a container."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from domain.errors import Conflict, NotFound


@dataclass(frozen=True)
class CopySource:
    """What is copied. With `contents` (`PATH/.`) it is what the folder holds, without the folder itself."""

    name: str
    is_folder: bool
    contents: bool = False


@dataclass(frozen=True)
class CopyTarget:
    """A target path as the user wrote it, and what is there now."""

    path: str
    exists: bool
    is_folder: bool
    in_container: bool = False


def placement(source: CopySource, target: CopyTarget) -> tuple[str, str]:
    """The folder that receives the copy, and the name of the copy in it; "" for the contents of a folder alone.

    A folder at the target receives the source; otherwise the source becomes the target. Whether the folder
    that receives it exists is left to the caller. Raises NotFound if the path of a folder that does not
    exist is the target of a file, Conflict if a file is the target of a folder.
    """
    whole = PurePosixPath("/" if target.in_container else "", target.path)
    if target.is_folder:
        return str(whole), "" if source.contents else source.name
    where = " in the container" if target.in_container else ""
    if target.path.endswith("/") and not source.is_folder:
        raise NotFound(f"directory{where}", target.path)
    if target.exists and source.is_folder:
        raise Conflict(f"path{where}", target.path, "file-in-place")
    return str(whole.parent), whole.name
