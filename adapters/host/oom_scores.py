"""The scores of this machine's processes for the kernel's OOM killer, in /proc."""

from __future__ import annotations

import asyncio
from pathlib import Path

from domain.errors import InvalidArgument


class LinuxOomScores:
    """application.ports.processes.OomScores."""

    async def set(self, pids: tuple[int, ...], score: int) -> bool:
        """Write to `oom_score_adj`; a score below the lowest that was set needs CAP_SYS_RESOURCE."""
        try:
            changed = [await asyncio.to_thread(_set, pid, str(score)) for pid in pids]
        except PermissionError as error:
            raise InvalidArgument("OOM score", str(score), "oom-score-privileged") from error
        return any(changed)


def _set(pid: int, score: str) -> bool:
    file = Path(f"/proc/{pid}/oom_score_adj")
    try:
        if file.read_text().strip() == score:
            return False
        file.write_text(score)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True
