"""Which files of a folder go into a build, in the order and with the metadata that the daemon wants.

All functions block; call them off the event loop. Paths are bytes, relative to the folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from adapters.buildkit.patterns import Matched, Matcher

_MODES = {  # Go's FileMode bits for the kinds of file that are not plain; a socket's is cleared
    stat.S_IFDIR: 1 << 31,
    stat.S_IFLNK: 1 << 27,
    stat.S_IFBLK: 1 << 26,
    stat.S_IFIFO: 1 << 25,
    stat.S_IFCHR: 1 << 26 | 1 << 21,
}
_FLAGS = {stat.S_ISUID: 1 << 23, stat.S_ISGID: 1 << 22, stat.S_ISVTX: 1 << 20}
_APPLE = b"com.apple."


@dataclass(frozen=True)
class Entry:
    """A file, directory or link to send. `mode` is Go's; `link` is a symlink's target or a hardlink's path."""

    path: bytes
    mode: int
    size: int
    modified: int  # ns since the epoch
    link: bytes = b""
    device: tuple[int, int] = (0, 0)
    xattrs: dict[bytes, bytes] = field(default_factory=dict)
    inode: tuple[int, int] = (0, 0)
    is_socket: bool = False  # which buildkitd is told of as a file without content, as buildctl has it

    @property
    def has_content(self) -> bool:
        """Whether the daemon may ask for the content: plain files, hardlinks among them."""
        return self.mode & _KIND == 0


_KIND = 1 << 31 | 1 << 27 | 1 << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 1 << 19  # Go's ModeType


class FileChanged(Exception):
    """A file could not be read, in the kernel's words; without words: it is not what it was when it was announced."""

    def __init__(self, path: bytes, reason: str = "") -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason


def go_mode(mode: int) -> int:
    """Return Go's FileMode for an st_mode."""
    flags = sum(go for posix, go in _FLAGS.items() if mode & posix)
    return stat.S_IMODE(mode) & 0o777 | flags | _MODES.get(stat.S_IFMT(mode), 0)


def posix_mode(mode: int) -> int:
    """Return the st_mode of Go's FileMode: the other way round."""
    kinds = (posix for posix, go in _MODES.items() if mode & _KIND == go)
    flags = sum(posix for posix, go in _FLAGS.items() if mode & go)
    return mode & 0o777 | flags | next(kinds, stat.S_IFREG if mode & _KIND == 0 else stat.S_IFSOCK)


@dataclass
class _Directory:
    """A directory that is being walked; it is announced when the first thing inside it is."""

    path: bytes
    included: Matched
    excluded: Matched
    announced: bool
    above: _Directory | None = None


class Walker:
    """Walks a folder once: everything that `include` matches (or all) and `exclude` does not."""

    def __init__(self, root: bytes, include: Sequence[str] | None, exclude: Sequence[str]) -> None:
        self._root = root
        self._include = Matcher(include) if include else None
        self._exclude = Matcher(exclude)
        self._links: dict[tuple[int, int], bytes] = {}
        # Directories that match nothing can be passed over only if it is plain what could match inside.
        positive = [each for each in self._include.patterns if not each.negated] if self._include else []
        exceptions = [each for each in self._exclude.patterns if each.negated]
        self._inclusions = positive if all(each.is_plain for each in positive) else None
        self._exceptions = exceptions if all(each.is_plain for each in exceptions) else None

    def walk(self) -> Iterator[Entry]:
        """Yield entries in pre-order, each directory's sorted by bytes. Raises FileChanged."""
        included = self._include.nothing if self._include else ()
        top = _Directory(b"", included, self._exclude.nothing, announced=True)
        return self._inside(top)

    def _inside(self, directory: _Directory) -> Iterator[Entry]:
        for path, kind_is_directory in self._listing(directory):
            name = path.decode("utf-8", "surrogateescape")
            wanted, included, enter = self._is_included(name, directory)
            unwanted, excluded, enter_excluded = self._is_excluded(name, directory)
            keep = wanted and not unwanted
            if keep:
                yield from self._announce(path, directory)
            if kind_is_directory and (wanted or enter) and (not unwanted or enter_excluded):
                yield from self._inside(_Directory(path, included, excluded, keep, directory))

    def _is_included(self, name: str, directory: _Directory) -> tuple[bool, Matched, bool]:
        if self._include is None:
            return True, (), True
        wanted, matched = self._include.match(name, directory.included)
        enter = self._inclusions is None or any(each.reaches_into(name) for each in self._inclusions)
        return wanted, matched, enter

    def _is_excluded(self, name: str, directory: _Directory) -> tuple[bool, Matched, bool]:
        unwanted, matched = self._exclude.match(name, directory.excluded)
        enter = self._exceptions is None or any(each.reaches_into(name) for each in self._exceptions)
        return unwanted, matched, enter

    def _listing(self, directory: _Directory) -> list[tuple[bytes, bool]]:
        folder = self._root + b"/" + directory.path
        prefix = directory.path + b"/" if directory.path else b""
        try:
            with os.scandir(folder) as entries:
                found = [(prefix + each.name, each.is_dir(follow_symlinks=False)) for each in entries]
        except OSError as error:
            if not directory.announced:  # nothing was promised, and perhaps nothing would be sent
                return []
            raise FileChanged(directory.path or b".", error.strerror or str(error)) from error
        return sorted(found)

    def _announce(self, path: bytes, directory: _Directory) -> Iterator[Entry]:
        """Yield the entry, after its directories that were not sent yet."""
        missing: list[_Directory] = []
        above: _Directory | None = directory
        while above is not None and not above.announced:
            missing.append(above)
            above = above.above
        for each in reversed(missing):
            each.announced = True
            yield self._entry(each.path)
        yield self._entry(path)

    def _entry(self, path: bytes) -> Entry:
        try:
            return self._read_entry(path)
        except OSError as error:
            raise FileChanged(path, error.strerror or str(error)) from error

    def _read_entry(self, path: bytes) -> Entry:
        full = self._root + b"/" + path
        info = os.lstat(full)
        kind = stat.S_IFMT(info.st_mode)
        is_device = kind in (stat.S_IFBLK, stat.S_IFCHR)
        return Entry(
            path,
            go_mode(info.st_mode),
            0 if kind == stat.S_IFDIR else info.st_size,
            info.st_mtime_ns,
            _link_target(full) if kind == stat.S_IFLNK else self._first_link(path, info),
            (os.major(info.st_rdev), os.minor(info.st_rdev)) if is_device else (0, 0),
            _xattrs(full),
            (info.st_dev, info.st_ino),
            is_socket=kind == stat.S_IFSOCK,
        )

    def _first_link(self, path: bytes, info: os.stat_result) -> bytes:
        """Return the path under which the same file was announced before, b"" for a new file.

        The size stays what it is: with 0, buildkitd leaves stray temporary files in the image.
        """
        if stat.S_ISDIR(info.st_mode) or info.st_nlink < 2:
            return b""
        first = self._links.setdefault((info.st_dev, info.st_ino), path)
        return b"" if first == path else first


def _link_target(path: bytes) -> bytes:
    return os.readlink(path)  # noqa: PTH115 - a Path cannot be bytes


def _xattrs(path: bytes) -> dict[bytes, bytes]:
    try:
        names = [os.fsencode(name) for name in os.listxattr(path, follow_symlinks=False)]
        return {
            name: os.getxattr(path, name, follow_symlinks=False)
            for name in names
            if not name.startswith(_APPLE)
        }
    except OSError:  # the file system has no attributes, or the caller may not read them
        return {}
