"""What a forked process may write to becomes its own together, and not page by page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_PAGES = 4000
_SCRIPT = f"""
import os, resource, sys
from entrypoints.cli.warm.pages import make_own
size = os.sysconf("SC_PAGE_SIZE")
memory = bytearray(b"x") * ({_PAGES} * size)
if os.fork() == 0:
    make_own(lambda: sys.argv[1] == "late")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for page in range({_PAGES}):
        memory[page * size] = 0
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
else:
    os.wait()
"""


def test_the_faults_of_writing() -> None:
    """Those that are left; where there was no time for it, as many as without it."""
    assert _faults("early") * 4 < _faults("late")


def _faults(when: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, when], cwd=_ROOT, capture_output=True, text=True, check=True
    )
    return int(done.stdout)
