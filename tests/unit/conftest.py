"""Unit tests, in a hurry."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Keep what was imported out of the garbage collector's sight: it is most of all there is, and it stays."""
    gc.freeze()
