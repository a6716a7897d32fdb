"""SQLite's errors as k3c's."""

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
    """Raise Unavailable where another process holds the database, RuntimeFailed for all else it says.

    A full disk, a read-only one, a damaged file: each is RuntimeFailed with SQLite's own words.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _kind(error, path) from error
    except OSError as error:
        raise RuntimeFailed(SERVICE, f"{path}: {error.strerror}") from error


def _kind(error: Exception, path: Path) -> K3cError:
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _PASSING:
        return Unavailable(SERVICE, str(path), str(cause))
    return RuntimeFailed(SERVICE, f"{path}: {cause}")
