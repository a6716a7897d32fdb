"""A runtime that speaks CRI alone: requests that CRI has no words for are refused."""

from __future__ import annotations

from adapters.cri.errors import SERVICE
from application.ports.runtime import SpecEdits
from domain.errors import Unsupported
from domain.problems import Feature

_FEATURES: dict[str, Feature] = {
    "ulimits": "ulimits",
    "tmpfs": "tmpfs",
    "shm_size": "shm-size",
    "own_network": "no-network",
    "joins": "joins",
    "hostname": "hostname",
    "domainname": "domainname",
    "pids_limit": "pids-limit",
    "removed_variables": "removed-variables",
}


class CriSpecs:
    """application.ports.runtime.RuntimeSpecs."""

    async def edit(self, runtime_id: str, edits: SpecEdits) -> None:
        """Raise Unsupported for the first such request."""
        for name, feature in _FEATURES.items():
            if getattr(edits, name):
                raise Unsupported(feature, SERVICE, runtime_id[:12])
