"""Unit tests, in a hurry."""

from __future__ import annotations

import gc

import structlog
from hypothesis import settings

# `make fuzz` asks for the larger one. A busy machine's slowness is no failure, and nothing is kept between runs.
settings.register_profile("day", max_examples=25, deadline=None, database=None)
settings.register_profile("fuzz", max_examples=3000, deadline=None)
settings.load_profile("day")

# The default renderer draws a traceback with all locals, which takes a second and tells less.
structlog.configure(processors=[structlog.processors.KeyValueRenderer()])


gc.disable()  # while all is imported and collected, next to nothing of it is garbage


def pytest_collection_finish() -> None:
    """Keep what was imported out of the garbage collector's sight: it is most of all there is, and it stays."""
    gc.freeze()
    gc.enable()
