"""A log's files: reading on in a file, finding rotated files, and where the last lines begin.

Everything here blocks, and runs in threads. The kubelet rotates `0.log` to `0.log.20060102-150405`, later
compressed to the same with `.gz` (pkg/kubelet/logs/container_log_manager.go).
"""

from __future__ import annotations

import errno
import fcntl
import gzip
import os
import re
import shutil
import signal
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from adapters.host.cri_log import Records, is_full, is_mark
from application.ports.logs import LogChunk

BLOCK = 1 << 19  # larger memory is returned to the kernel, and requested again for every block
_TAIL_BLOCK = 1 << 16
_QUIET = 0.2  # seconds without growth that count as the end, where the kernel cannot tell
_STAMP = re.compile(r"\.(\d{8}-\d{6})(\.gz)?")
_LIFE = re.compile(r"([1-9]\d*)\.log(?:\.\d{8}-\d{6}(?:\.gz)?)?")
_MOST_FILES = 200
_TRACES = re.compile(r"\.\d{8}-\d{6}(?:\.gz)?(?:\.tmp)?")  # what is left of a rotation that broke off, too
_NO_LEASES = (errno.EINVAL, errno.EACCES, errno.ENOLCK, errno.EOPNOTSUPP)


class LogFile:
    """An open log file; each read goes on where the last read ended.

    A thread may outlive the call that was cancelled: `close` while a thread is at work takes effect when
    the thread has finished. A file that is never closed is closed when its last user is gone.
    """

    def __init__(self, descriptor: int, records: Records, *, packed: bool = False) -> None:
        self._records = records
        self._descriptor = descriptor
        self._packed = packed
        self._position = 0
        self._torn = b""
        self._quiet_since: float | None = None
        self._busy = threading.Lock()
        self._closed = False
        self._finalizers = [weakref.finalize(self, os.close, descriptor)]
        found = os.fstat(descriptor)
        self.identity = (found.st_dev, found.st_ino)

    def read(self) -> tuple[list[LogChunk], bool]:
        """Return the chunks of the next BLOCK bytes, and whether the file has no more bytes now."""
        with self._in_use():
            return self._read()

    def _read(self) -> tuple[list[LogChunk], bool]:
        self._unpack()
        block = os.pread(self._descriptor, BLOCK, self._position)
        self._position += len(block)
        if block:
            self._quiet_since = None
        whole = block.rfind(b"\n") + 1
        if whole:
            records, self._torn = self._torn + block[:whole], block[whole:]
            return self._records.chunks(records), len(block) < BLOCK
        self._torn += block
        return [], len(block) < BLOCK

    def rest(self) -> list[LogChunk]:
        """Return the data of a last record without a newline: its writer died while it wrote."""
        torn, self._torn = self._torn, b""
        return self._records.chunks(torn)

    def seek_tail(self, lines: int) -> int:
        """Go to where the last `lines` lines begin; return how many of them the file does not have.

        The position may be in the middle of a line that was written in parts, with the other stream's lines
        between them.
        """
        with self._in_use():
            self._unpack()
            return self._seek_tail(lines)

    def _seek_tail(self, lines: int) -> int:
        is_last = True
        for start, record in self._records_backwards():
            # An unended line at the end of the log counts as one; a mark does not, which may come last: the
            # two streams are written to the log by turns.
            if is_full(record) or (is_last and record and not is_mark(record)):
                if not lines:
                    self._position = start + len(record) + 1
                    return 0
                lines -= 1
                is_last = False
        return lines

    def _records_backwards(self) -> Iterator[tuple[int, bytes]]:
        """Yield the offset and the bytes (without newline) of each record, the last record first."""
        before = end = os.fstat(self._descriptor).st_size
        head = b""
        while before:
            size = min(_TAIL_BLOCK, before)
            before -= size
            head, *records = (os.pread(self._descriptor, size, before) + head).split(b"\n")
            for record in reversed(records):
                yield end - len(record), record
                end -= len(record) + 1
        yield 0, head

    def _unpack(self) -> None:
        """Put the content of a compressed file into a file without a name, so that it can be read from its end."""
        if not self._packed:
            return
        with (
            os.fdopen(os.dup(self._descriptor), "rb") as packed,
            gzip.GzipFile(fileobj=packed) as content,
            tempfile.TemporaryFile() as plain,
        ):
            shutil.copyfileobj(content, plain, BLOCK)
            plain.flush()
            self._descriptor = os.dup(plain.fileno())
        self._finalizers.append(weakref.finalize(self, os.close, self._descriptor))
        self._packed = False

    def is_finished(self) -> bool:
        """Return whether no process has the file open for writing any more.

        The kernel grants a read lease only then (fcntl(2), F_SETLEASE). Where it has no leases, a file that
        has not grown for 200 ms counts as finished.
        """
        with self._in_use():
            return self._is_unwritten()

    def close(self) -> None:
        """Close the file, at once or when the thread that is at work has finished. Never blocks. Idempotent."""
        self._closed = True
        if self._busy.acquire(blocking=False):
            self._busy.release()
            self._let_go()

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        try:
            with self._busy:
                if self._closed:
                    raise OSError(errno.EBADF, os.strerror(errno.EBADF))
                yield
        finally:
            if self._closed:
                self._let_go()

    def _let_go(self) -> None:
        for finalizer in self._finalizers:
            finalizer()  # only the first call does anything

    def _is_unwritten(self) -> bool:
        try:
            # A writer that comes while we hold the lease has us signalled: harmlessly, not by SIGIO.
            fcntl.fcntl(self._descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(self._descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(self._descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return error.errno in _NO_LEASES and self._is_quiet()
        return True

    def _is_quiet(self) -> bool:
        if self._quiet_since is None:
            self._quiet_since = time.monotonic()
        return time.monotonic() - self._quiet_since >= _QUIET


def open_log(path: str, records: Records) -> list[LogFile]:
    """Open all existing files of a log, oldest first, each at the position where the query begins."""
    paths = [path] if records.query.alone else [*_earlier_lives(path), path]
    files = [file for one in paths for file in _open_life(one, records)]
    tail = records.query.tail
    return files if tail is None else _last_lines(files, tail)


def _open_life(path: str, records: Records) -> list[LogFile]:
    # The current one first: if it is rotated meanwhile, it is found once more among the rotated ones.
    current = _open(path, records)
    files: list[LogFile] = [*_open_rotated(path, records)]
    if current is not None and current.identity not in {file.identity for file in files}:
        files.append(current)
    return files


def _earlier_lives(path: str) -> list[str]:
    """Return the paths of the logs of the lives before, the first life first, as far as anything is left of them."""
    log = Path(path)
    lives = {number for number, _ in _numbered(log.parent)}
    return [str(log.with_name(f"{number}.log")) for number in sorted(lives) if number < _life(log)]


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    """Return the files of logs in a folder, each with the number of its life."""
    try:
        files = list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [(int(found[1]), file) for file in files if (found := _LIFE.fullmatch(file.name))]


def _life(log: Path) -> int:
    found = _LIFE.fullmatch(log.name)
    return int(found[1]) if found else 0


def successor(path: str, file: LogFile | None, records: Records) -> LogFile | None:
    """Return the file that the runtime wrote after `file`, None while there is no such file.

    After None comes the oldest file.
    """
    if file is not None and is_current(path, file):
        return None
    files = open_log(path, replace(records, query=replace(records.query, tail=None, alone=True)))
    places = [place for place, other in enumerate(files) if file and other.identity == file.identity]
    if places:
        files = files[places[0] + 1 :]
    elif file is not None:  # compressed meanwhile, or removed: what came in between is unknown
        files = files[-1:]
    return files[0] if files else None


def is_current(path: str, file: LogFile) -> bool:
    """Return whether the path still leads to this file."""
    try:
        found = Path(path).stat()
    except FileNotFoundError:
        return False
    return (found.st_dev, found.st_ino) == file.identity


def rotate_log(path: str, largest: int, files: int) -> bool:
    """Put a large log aside; return whether there is no log at the path now."""
    current = Path(path)
    try:
        if current.stat().st_size <= largest:
            return False
    except FileNotFoundError:
        return current.parent.is_dir()
    aside = current.with_name(f"{current.name}.{datetime.now(UTC):%Y%m%d-%H%M%S}")
    if aside.exists():  # twice in a second: the next look is soon
        return False
    current.rename(aside)
    older = sorted(_siblings(current, _STAMP), reverse=True)
    for file in older[files - 1 :]:
        file.unlink(missing_ok=True)
    return True


def trim_log(path: str, most: int, files: int) -> None:
    """Remove the oldest files of a log and of the lives before it.

    Kept are the newest `files`, and more as long as all together have `most` bytes and there are not 200.
    """
    log = Path(path)
    lives = [(life, file) for life, file in _numbered(log.parent) if life <= _life(log)]
    found = sorted((life, file.name == f"{life}.log", file.name, file) for life, file in lives)
    size = 0
    for place, (*_, file) in enumerate(reversed(found)):
        with suppress(FileNotFoundError):
            size += file.stat().st_size
            if place >= files and (size > most or place >= _MOST_FILES):
                file.unlink()


def remove_log(path: str) -> None:
    """Remove all files of a log, then its folder and the folder's parent if they are empty."""
    current = Path(path)
    for file in [current, *_siblings(current, _TRACES)]:
        file.unlink(missing_ok=True)
    for folder in list(current.parents)[:2]:
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY):
                return
            raise


def _last_lines(files: list[LogFile], lines: int) -> list[LogFile]:
    for place in reversed(range(len(files))):
        lines = files[place].seek_tail(lines)
        if not lines:
            return files[place:]
    return files


def _open_rotated(path: str, records: Records) -> list[LogFile]:
    by_stamp = {}
    # The plain file sorts before the compressed one, which may be half written: it wins.
    for file in sorted(_siblings(Path(path), _STAMP), reverse=True):
        by_stamp[file.name.removesuffix(".gz")] = file
    opened = (_open(str(by_stamp[stamp]), records) for stamp in sorted(by_stamp))
    return [file for file in opened if file is not None]


def _siblings(path: Path, suffix: re.Pattern[str]) -> list[Path]:
    try:
        found = list(path.parent.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [
        file
        for file in found
        if file.name.startswith(path.name) and suffix.fullmatch(file.name, len(path.name))
    ]


def _open(path: str, records: Records) -> LogFile | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return LogFile(descriptor, records, packed=path.endswith(".gz"))


def append_log(path: str, records: bytes) -> None:
    """Add records to a log, after the end of a record that its writer did not come to the end of."""
    with Path(path).open("ab+") as log:
        if log.tell():
            log.seek(-1, os.SEEK_END)
            records = records if log.read(1) == b"\n" else b"\n" + records
        log.write(records)
