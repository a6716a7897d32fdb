"""The limits that `run` sets, as the container's own cgroups show them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.integration.daemon import K3c

_LOOK = """cd /sys/fs/cgroup
cat memory/memory.limit_in_bytes 2>/dev/null || cat memory.max
if [ -e cpu/cpu.cfs_quota_us ]; then echo $(cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us); else cat cpu.max; fi
cat cpuset/cpuset.cpus 2>/dev/null || cat cpuset.cpus"""


def test_run_limits_processors_and_memory(k3c: K3c, busybox_image: str) -> None:
    flags = ("--memory", "64m", "--cpus", "1.5", "--cpuset-cpus", "0")
    done = k3c("run", "--rm", *flags, busybox_image, "sh", "-c", _LOOK)
    assert done.stdout.split("\n")[:3] == [str(64 << 20), "150000 100000", "0"]


def test_limits_that_contradict_each_other_are_refused(k3c: K3c, busybox_image: str) -> None:
    done = k3c("run", "--cpus", "1", "--cpu-quota", "5", "--name", "torn", busybox_image, "true")
    assert (done.returncode, done.stdout) == (125, "")
    assert "--cpu-quota" in done.stderr
    assert "torn" not in k3c("ps", "-a").stdout


def test_limits_that_no_container_could_have_are_refused(k3c: K3c, busybox_image: str) -> None:
    least = "invalid memory '1048576': use 6m or more"
    assert least in k3c.fails("create", "--memory", "1m", "--name", "none", busybox_image)
    for cpus in ("1000", "0.001"):
        said = k3c.fails("run", "--cpus", cpus, "--name", "none", busybox_image, "true", code=125)
        assert said == f"k3c: invalid cpus '{cpus}': use a number from 0.01 to {os.cpu_count()}"
    assert k3c.names() == []
    k3c.ok("run", "-d", "--name", "there", "-m", "12.5m", "--cpus", "0.5", busybox_image, "sleep", "1000")
    assert least in k3c.fails("update", "--memory", "1m", "--restart", "always", "there")
    shown = k3c.ok("inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}", "there")
    assert shown == f"{25 << 19} 500000000"
    assert k3c.ok("inspect", "-f", "{{.HostConfig.RestartPolicy.Name}}", "there") == "no"


def test_memory_and_swap_are_limited_together(k3c: K3c, busybox_image: str) -> None:
    unified = "Cgroups: v2" in k3c.ok("info")
    own = Path("/proc/self/cgroup").read_text().splitlines()[-1].partition("::")[2]
    if unified and not Path(f"/sys/fs/cgroup{own}/memory.swap.max").exists():
        pytest.skip("containerd looks for the swap controller in its own cgroup, which has none")
    look = "cd /sys/fs/cgroup; cat memory/memory.memsw.limit_in_bytes 2>/dev/null || cat memory.swap.max"
    flags = ("--name", "both", "--memory", "64m", "--memory-swap", "96m")
    found = int(k3c.ok("run", *flags, busybox_image, "sh", "-c", look))
    assert found == (32 if unified else 96) << 20


def test_an_end_for_want_of_memory_is_told(k3c: K3c, busybox_image: str) -> None:
    fills = "x=x; while :; do x=$x$x; done"
    done = k3c(
        "run", "--name", "greedy", "--memory", "32m", "--memory-swap", "32m", busybox_image, "sh", "-c", fills
    )
    assert done.returncode == 137
    assert k3c.ok("inspect", "-f", "{{.State.OOMKilled}} {{.State.ExitCode}}", "greedy") == "true 137"
    told = k3c.ok(
        "events", "--since", "10m", "--until", "0s", "--format", "{{.Action}}", "-f", "container=greedy"
    )
    assert told.splitlines()[-2:] == ["oom", "die"]
