"""The limits that `run` sets, as the container's own cgroups show them."""

from __future__ import annotations

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
