"""Paths below a root, while the machine goes on."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from adapters.host.rooted import open_in_root


def test_a_path_with_dots_is_opened_while_others_rename(tmp_path: Path) -> None:
    for folder in ("root/a/b/c", "root/target", "elsewhere/one"):
        (tmp_path / folder).mkdir(parents=True)
    over = threading.Event()

    def rename() -> None:
        names = [tmp_path / "elsewhere" / name for name in ("one", "two")]
        while not over.is_set():
            names[0].rename(names[1])
            names.reverse()

    root = os.open(tmp_path / "root", os.O_PATH)
    renaming = threading.Thread(target=rename)
    renaming.start()
    try:
        for _ in range(1000):
            os.close(open_in_root(root, "/a/b/c/../../../target", os.O_PATH))
    finally:
        over.set()
        renaming.join()
        os.close(root)
