"""Records of logs, split by compiled code, while the daemon's other threads run.

runtime/logs/logs.c is built with the other programs; cri_log.whole_lines says what it does.
"""

from __future__ import annotations

import ctypes
import threading

from adapters.host.cri_log import WholeLines

_BYTES = ctypes.c_char_p
_scratch = threading.local()


def fast_whole_lines(library: str) -> WholeLines:
    """Return cri_log.whole_lines from the library at this path; raises OSError when it cannot be loaded."""
    take = ctypes.CDLL(library).k3c_whole_lines
    take.argtypes = (ctypes.c_void_p, ctypes.c_size_t, _BYTES, _BYTES, ctypes.POINTER(ctypes.c_size_t))
    take.restype = ctypes.c_size_t

    def whole_lines(block: bytes, at: int, head: bytes) -> tuple[bytes, int]:
        start = ctypes.cast(ctypes.c_char_p(block), ctypes.c_void_p).value or 0
        left = len(block) - at
        data = _room(left)
        copied = ctypes.c_size_t()
        taken = take(start + at, left, head, data, ctypes.byref(copied))
        return ctypes.string_at(data, copied.value), at + taken

    return whole_lines


def _room(length: int) -> ctypes.Array[ctypes.c_char]:
    """Return this thread's scratch memory: new memory for every block would cost as much as the work."""
    room: ctypes.Array[ctypes.c_char] | None = getattr(_scratch, "room", None)
    if room is None or len(room) < length:
        room = _scratch.room = ctypes.create_string_buffer(length)
    return room
