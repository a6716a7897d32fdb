"""A forked process shares its parent's pages until it writes to them, and each first write is a fault.

Python writes to almost all that it reads, to count references: a call that does next to nothing has two thousand
faults. Here they are taken together and ahead, which is a fraction of their cost and not in anybody's time.
"""

from __future__ import annotations

import ctypes
import errno
from collections.abc import Callable, Iterator

_POPULATE_READ, _POPULATE_WRITE = 22, 23  # linux/mman.h; since Linux 5.14
_PIECE = 1 << 20  # bytes between looks at whether there is time
_LARGEST = 256 << 20  # bytes of a mapping; a larger one is no heap that is in use

_madvise = ctypes.CDLL(None, use_errno=True).madvise
_madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def make_own(is_late: Callable[[], bool]) -> None:
    """Have all pages that this process may write to as its own, and those that it may read at hand.

    It stops as soon as `is_late`; a kernel that cannot do it leaves all as it is.
    """
    for start, end, advice in _mappings():
        for address in range(start, end, _PIECE):
            if is_late():
                return
            failed = _madvise(address, min(_PIECE, end - address), advice)
            if failed and ctypes.get_errno() == errno.EINVAL:
                return


def _mappings() -> Iterator[tuple[int, int, int]]:
    """Where each mapping starts and ends, and what is wanted of it; private memory before files."""
    with open("/proc/self/maps") as file:  # noqa: PTH123 - pathlib makes more pages its own
        mappings = [(*_span(place), rights, rest[-1]) for place, rights, *rest in map(str.split, file)]
    private = [
        mapping for mapping in mappings if mapping[2].endswith("p") and mapping[1] - mapping[0] <= _LARGEST
    ]
    for start, end, rights, _ in private:
        if "w" in rights:
            yield start, end, _POPULATE_WRITE
    for start, end, rights, name in private:
        if "w" not in rights and "r" in rights and name.startswith("/"):
            yield start, end, _POPULATE_READ


def _span(place: str) -> tuple[int, int]:
    start, _, end = place.partition("-")
    return int(start, 16), int(end, 16)
