"""A runtime that speaks CRI alone: requests that CRI has no words for are refused."""

from __future__ import annotations

from application.ports.runtime import SpecEdits
from domain.errors import Unsupported

_FLAGS = {
    "ulimits": "--ulimit",
    "tmpfs": "--tmpfs",
    "shm_size": "--shm-size",
    "own_network": "--net none",
    "joins": "container:NAME",
    "hostname": "--hostname without the bridge",
}


class CriSpecs:
    """application.ports.runtime.RuntimeSpecs."""

    async def edit(self, runtime_id: str, edits: SpecEdits) -> None:
        """Raise Unsupported for the first such request."""
        for name, flag in _FLAGS.items():
            if getattr(edits, name):
                raise Unsupported(flag, f"this runtime (CRI alone; container {runtime_id[:12]})")
