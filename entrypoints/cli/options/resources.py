"""The limits that `run`, `create` and `update` take."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.quantities import cpu_quota, memory_size
from domain.spec import Resources
from entrypoints.cli.options.groups import RESOURCES
from entrypoints.cli.usage import UsageError

_PERIOD = 100_000  # microseconds, as docker counts --cpus


@Parameter(name="*", group=RESOURCES)
@dataclass(frozen=True)
class LimitOptions:
    """Flags about processors and memory."""

    cpus: Annotated[str, Parameter(help="Number of CPUs, such as 1.5", metavar="decimal")] = ""
    cpu_shares: Annotated[
        int, Parameter(name=["--cpu-shares", "-c"], help="CPU weight relative to other containers")
    ] = 0
    cpu_period: Annotated[int, Parameter(help="CPU CFS period, in microseconds")] = 0
    cpu_quota: Annotated[int, Parameter(help="CPU CFS quota for each period, in microseconds")] = 0
    cpuset_cpus: Annotated[str, Parameter(help="CPUs to run on, such as 0-2,4")] = ""
    cpuset_mems: Annotated[str, Parameter(help="NUMA memory nodes to use, such as 0,1")] = ""
    memory: Annotated[
        str,
        Parameter(name=["--memory", "-m"], help="Memory limit; takes k, m and g suffixes", metavar="bytes"),
    ] = ""
    oom_score_adj: Annotated[
        int | None, Parameter(help="Preference for the OOM killer, from -1000 to 1000")
    ] = None
    memory_swap: Annotated[
        str, Parameter(help="Limit of memory plus swap, -1 for unlimited", metavar="bytes")
    ] = ""

    @property
    def resources(self) -> Resources:
        """What the flags ask for; raises InvalidArgument, UsageError."""
        if self.cpus and (self.cpu_quota or self.cpu_period):
            raise UsageError("cpus-with-quota")
        swap = -1 if self.memory_swap == "-1" else memory_size("memory swap", self.memory_swap)
        return Resources(
            cpu_shares=self.cpu_shares,
            cpu_quota=self._of_cpus if self.cpus else self.cpu_quota,
            cpu_period=_PERIOD if self.cpus else self.cpu_period,
            cpuset_cpus=self.cpuset_cpus,
            cpuset_mems=self.cpuset_mems,
            memory=memory_size("memory", self.memory),
            memory_swap=swap,
            oom_score_adj=self._oom_score_adj,
        )

    @property
    def _of_cpus(self) -> int:
        """The quota that a number of processors of this machine comes to, which is the daemon's, too."""
        quota, there = cpu_quota(self.cpus, _PERIOD), os.cpu_count() or 1
        if not _PERIOD // 100 <= quota <= there * _PERIOD:
            raise InvalidArgument("cpus", self.cpus, "out-of-range", f"0.01 to {there}")
        return quota

    @property
    def _oom_score_adj(self) -> int | None:
        if self.oom_score_adj is not None and not -1000 <= self.oom_score_adj <= 1000:
            raise InvalidArgument("OOM score", str(self.oom_score_adj), "out-of-range", "-1000 to 1000")
        return self.oom_score_adj
