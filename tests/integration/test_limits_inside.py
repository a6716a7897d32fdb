"""Limits that `run` and `update` set, as the cgroups and the processes have them; and those that none can have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.daemon import K3c, until

# cgroup v1, and v2 in the same words.
_CPU = """cd /sys/fs/cgroup
if [ -e cpu/cpu.shares ]; then cat cpu/cpu.shares cpu/cpu.cfs_period_us cpu/cpu.cfs_quota_us
else cat cpu.weight; awk '{ print $2; print $1 }' cpu.max; fi
cat cpuset/cpuset.mems 2>/dev/null || cat cpuset.mems"""
_SWAP = "cd /sys/fs/cgroup; cat memory/memory.memsw.limit_in_bytes 2>/dev/null || cat memory.swap.max"
_UNIFIED = Path("/sys/fs/cgroup/cgroup.controllers").exists()
_SH = ("busybox", "sh", "-c")


def cgroup_file(k3c: K3c, name: str, controller: str, file: str) -> str:
    """A file of a running container's cgroup, seen from this machine."""
    pid = k3c.ok("inspect", "-f", "{{.State.Pid}}", name)
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == ("" if _UNIFIED else controller):
            base = "/sys/fs/cgroup" if _UNIFIED else f"/sys/fs/cgroup/{controller}"
            return Path(f"{base}{path}/{file}").read_text().strip()
    raise AssertionError(f"no {controller} cgroup of {name}")


def test_shares_period_quota_and_memory_nodes(k3c: K3c) -> None:
    nodes = Path("/sys/devices/system/node/online")
    node = nodes.read_text().strip()[0] if nodes.exists() else "0"
    flags = ("--cpu-shares", "512", "--cpu-period", "50000", "--cpu-quota", "25000", "--cpuset-mems", node)
    shares, period, quota, mems = k3c.ok("run", "--rm", *flags, *_SH, _CPU).split()
    assert (period, quota, mems) == ("50000", "25000", node)
    assert 0 < int(shares) < 100 if _UNIFIED else shares == "512"  # a weight of 100 is that of 1024 shares
    assert k3c.ok("run", "--rm", "--cpu-quota=-1", *_SH, _CPU).split()[2] in {"-1", "max"}


def test_a_weight_is_relative_to_the_default(k3c: K3c) -> None:
    file = "cpu.weight" if _UNIFIED else "cpu.shares"
    for name, flags in (("plain", ()), ("light", ("-c", "2")), ("heavy", ("-c", "4096"))):
        k3c.ok("run", "-d", "--name", name, *flags, "busybox", "sleep", "1000")
    light, plain, heavy = (int(cgroup_file(k3c, name, "cpu", file)) for name in ("light", "plain", "heavy"))
    assert light < plain < heavy
    if not _UNIFIED:
        assert (light, heavy) == (2, 4096)


@pytest.mark.skipif(_UNIFIED, reason="test_limits.py looks at swap on cgroup v2")
def test_memory_and_swap_together(k3c: K3c) -> None:
    none = 2**63 - 1
    for flags, found in (
        (("-m", "64m", "--memory-swap", "96m"), 96 << 20),
        (("-m", "64m", "--memory-swap", "64m"), 64 << 20),
        (("-m", "64m"), 64 << 20),  # no swap, as containerd has it; docker gives as much again
        (("-m", "64m", "--memory-swap", "-1"), none),
    ):
        seen = int(k3c.ok("run", "--rm", *flags, *_SH, _SWAP))
        assert seen >= none - 4095 if found == none else seen == found, flags


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--cpu-shares", "1"), "invalid cpu shares '1': use a number from 2 to 262144"),
        (("--cpu-period", "999"), "invalid cpu period '999': use a number from 1000 to 1000000"),
        (("--cpu-quota", "999"), "invalid cpu quota '999': use a number from 1000 up, or -1 for no limit"),
        (("--cpuset-mems", "all"), "invalid cpuset 'all': use a list of numbers such as 0-2,4"),
        (("--cpuset-mems", "999"), "invalid cpuset '999': this machine does not have all of them"),
        (("--cpuset-cpus", "9999"), "invalid cpuset '9999': this machine does not have all of them"),
        (
            ("--memory-swap", "32m"),
            "invalid memory swap '33554432': it is memory and swap together: use --memory",
        ),
        (
            ("-m", "64m", "--memory-swap", "32m"),
            "invalid memory swap '33554432': it is memory and swap together",
        ),
    ],
)
def test_what_no_container_can_have_is_refused_in_a_line(k3c: K3c, flags: tuple[str, ...], said: str) -> None:
    assert k3c.fails("run", *flags, "busybox", "true", code=125).startswith(f"k3c: {said}")
    assert k3c.names() == []


def scores(k3c: K3c, name: str, command: str = "") -> list[int]:
    """The scores of a container's processes whose command lines begin so, by this machine's /proc."""
    rows = [line.split(None, 1) for line in k3c.ok("top", name, "-eo", "pid,args").splitlines()[1:]]
    pids = [pid for pid, arguments in rows if arguments.startswith(command)]
    return [int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in pids]


def test_update_changes_the_oom_score_of_all_processes_that_run(k3c: K3c) -> None:
    script = "sleep 1001 & (sleep 1002 & exec sleep 1003) & while :; do sleep 0.02; done"
    k3c.ok("run", "-d", "--name", "there", "--oom-score-adj", "100", *_SH, script)
    until(lambda: len(scores(k3c, "there", "sleep 100")) == 3)
    k3c.ok("run", "-d", "--name", "other", "busybox", "sleep", "1000")
    done = k3c("update", "--oom-score-adj", "500", "there")
    assert (done.returncode, done.stdout) == (0, "there\n")
    assert done.stderr == "k3c: there: it goes on running and is changed at once\n"
    assert k3c.ok("exec", "there", "sh", "-c", "cat /proc/1/oom_score_adj") == "500"
    assert scores(k3c, "there", "sleep 100") == [500, 500, 500]
    assert scores(k3c, "other") == [0]
    assert k3c.ok("inspect", "-f", "{{.HostConfig.OomScoreAdj}}", "there") == "500"
    k3c.ok("update", "--oom-score-adj", "0", "-m", "64m", "there")
    assert k3c.ok("exec", "there", "cat", "/proc/1/oom_score_adj") == "0"
    limit = "memory.max" if _UNIFIED else "memory.limit_in_bytes"
    assert cgroup_file(k3c, "there", "memory", limit) == str(64 << 20)
    k3c.ok("restart", "-t", "0", "there")
    assert k3c.ok("exec", "there", "cat", "/proc/1/oom_score_adj") == "0"


def test_an_oom_score_changes_in_a_paused_container_and_waits_in_a_stopped_one(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "held", "busybox", "sleep", "1000")
    pid = k3c.ok("inspect", "-f", "{{.State.Pid}}", "held")
    k3c.ok("pause", "held")
    k3c.ok("update", "--oom-score-adj", "250", "held")
    assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "250\n"
    k3c.ok("unpause", "held")
    k3c.ok("stop", "-t", "0", "held")
    assert "from its next start" in k3c("update", "--oom-score-adj", "300", "held").stderr
    k3c.ok("start", "held")
    assert scores(k3c, "held") == [300]


def test_an_oom_score_that_needs_privileges_is_refused_and_changes_nothing(k3c: K3c) -> None:
    status = Path(f"/proc/{k3c.daemon.pid}/status").read_text()
    if int(status.partition("CapEff:")[2].split()[0], 16) >> 24 & 1:
        pytest.skip("the daemon has CAP_SYS_RESOURCE")
    k3c.ok("run", "-d", "--name", "there", "--oom-score-adj", "100", "busybox", "sleep", "1000")
    done = k3c("update", "--oom-score-adj=-500", "-m", "64m", "there")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        "k3c: invalid OOM score '-500': the daemon lacks the privileges for one so low (CAP_SYS_RESOURCE)"
    )
    assert scores(k3c, "there") == [100]
    shown = k3c.ok("inspect", "-f", "{{.HostConfig.OomScoreAdj}} {{.HostConfig.Memory}}", "there")
    assert shown == "100 0"


def test_update_refuses_what_run_refuses(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "there", "-m", "64m", "--memory-swap", "64m", "busybox", "sleep", "1000")
    assert "use at least the 134217728 of --memory" in k3c.fails("update", "-m", "128m", "there")
    assert "invalid cpu shares '1'" in k3c.fails("update", "-c", "1", "there")
    done = k3c("update", "--cpuset-mems", "999", "there")
    assert (done.returncode, done.stdout) == (1, "")
    assert "invalid cpuset '999'" in done.stderr.splitlines()[-1]
    k3c.ok("update", "-m", "128m", "--memory-swap", "128m", "-c", "300", "there")
    if not _UNIFIED:
        assert cgroup_file(k3c, "there", "memory", "memory.memsw.limit_in_bytes") == str(128 << 20)
        assert cgroup_file(k3c, "there", "cpu", "cpu.shares") == "300"
