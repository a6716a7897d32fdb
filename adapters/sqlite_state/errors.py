"""SQLite's errors as domain errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from domain.errors import K3cError, RuntimeFailed, Unavailable

SERVICE = "state"

# Primary result codes (the low byte), https://www.sqlite.org/rescode.html: what passes if one waits.
_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise Unavailable where another process holds the database, RuntimeFailed for all other errors.

    A full disk, a read-only disk, and a damaged file are RuntimeFailed with SQLite's own words.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _kind(error, path) from error
    except OSError as error:
        raise RuntimeFailed(SERVICE, f"{path}: {error.strerror}") from error


def wants_room(error: SQLAlchemyError) -> bool:
    """Return whether the disk may be full.

    For the shared memory beside the file, SQLite calls a full disk an I/O error.
    """
    return _code(error) in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


def _code(error: Exception) -> int:
    """Return SQLite's primary result code, 0 without a code."""
    return getattr(getattr(error, "orig", None) or error, "sqlite_errorcode", 0) & 0xFF


def _kind(error: Exception, path: Path) -> K3cError:
    cause = getattr(error, "orig", None) or error
    if _code(error) in _PASSING:
        return Unavailable(SERVICE, str(path), str(cause))
    return RuntimeFailed(SERVICE, f"{path}: {cause}")
