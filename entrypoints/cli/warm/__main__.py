"""`python -m entrypoints.cli.warm FOLDER NAME`: load the CLI and serve launchers at FOLDER/NAME.

The launcher starts it in a session of its own, at /, with the lock of NAME at descriptor 3.
"""

from __future__ import annotations

import time

_STARTED = time.time()

import gc  # noqa: E402 - what is loaded before the time is taken could be changed unseen
import sys  # noqa: E402

from entrypoints.cli import app  # noqa: E402
from entrypoints.cli.warm.child import become  # noqa: E402
from entrypoints.cli.warm.loaded import LoadedFiles  # noqa: E402
from entrypoints.cli.warm.server import Place, Server  # noqa: E402

_LOCK = 3


def main() -> None:
    """Serve until idle, or until what is loaded is not what is installed."""
    folder, name = sys.argv[1:]
    app.preload()
    loaded = LoadedFiles(since=_STARTED)
    gc.collect()
    gc.freeze()  # the children's pages stay shared
    with Place(folder, name, _LOCK) as place:
        Server(place, loaded.unchanged, lambda channel: become(channel, app.main)).serve()


main()
