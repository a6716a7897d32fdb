"""Every flag about what a container may do and what it shares: each looked for from inside."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.integration.daemon import K3c

SH = ("busybox", "sh", "-c")


def status(k3c: K3c, field: str, *flags: str) -> str:
    """A field of /proc/self/status in a container."""
    return k3c.ok("run", "--rm", *flags, *SH, f"grep ^{field}: /proc/self/status | cut -f2")


def effective(k3c: K3c, *flags: str) -> int:
    return int(status(k3c, "CapEff", *flags), 16)


def test_capabilities(k3c: K3c) -> None:
    plain = effective(k3c)
    net_admin, chown = 1 << 12, 1 << 0
    assert effective(k3c, "--cap-add", "NET_ADMIN") == plain | net_admin
    assert effective(k3c, "--cap-drop", "cap_chown") == plain & ~chown
    assert effective(k3c, "--cap-drop", "all", "--cap-add", "chown") == chown
    own = int(
        next(line for line in Path("/proc/self/status").read_text().splitlines() if "CapBnd" in line).split()[
            1
        ],
        16,
    )
    assert effective(k3c, "--privileged") == own
    assert "no such capability" in k3c.fails("run", "--cap-add", "FLY", "busybox", code=125)


def test_seccomp_and_privileges(k3c: K3c, tmp_path: Path) -> None:
    assert status(k3c, "Seccomp") == "2"
    assert status(k3c, "Seccomp", "--security-opt", "seccomp=unconfined") == "0"
    assert status(k3c, "NoNewPrivs") == "0"
    assert status(k3c, "NoNewPrivs", "--security-opt", "no-new-privileges") == "1"
    profile = tmp_path / "profile.json"
    profile.write_text(
        '{"defaultAction": "SCMP_ACT_ALLOW",'
        ' "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}'
    )
    done = k3c("run", "--rm", "--security-opt", f"seccomp={profile}", "busybox", "mkdir", "/x")
    assert (done.returncode, "not permitted" in done.stderr) == (1, True)
    assert "no such file" in k3c.fails("run", "--security-opt", "seccomp=/absent", "busybox", code=125)
    assert "security option" in k3c.fails("run", "--security-opt", "magic", "busybox", code=125)


def test_groups_by_name_and_number(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN echo 'wheel:x:10:' > /etc/group\n")
    k3c.ok("build", "-q", "-t", "grouped", str(tmp_path))
    assert (
        k3c.ok("run", "--rm", "--group-add", "wheel", "--group-add", "77", "-u", "app", "grouped", "id", "-G")
        == "1000 10 77"
    )
    assert "no such group" in k3c.fails("run", "--group-add", "nogroup", "grouped", "true", code=125)
    assert k3c.ok("ps", "-aq") == ""
    k3c.ok("rmi", "grouped")


def test_read_only(k3c: K3c) -> None:
    done = k3c("run", "--rm", "--read-only", "--tmpfs", "/scratch", *SH, "echo x > /scratch/x && echo y > /y")
    assert (done.returncode, "Read-only" in done.stderr) == (1, True)


def test_devices(k3c: K3c) -> None:
    listing = k3c.ok(
        "run", "--rm", "--device", "/dev/full:/dev/brimful", *SH, "ls -l /dev/brimful; ls /dev/full"
    )
    assert "1,   7" in listing
    writing = (*SH, ": > /dev/kernel")
    k3c.ok("run", "--rm", "--device", "/dev/kmsg:/dev/kernel", *writing)
    done = k3c("run", "--rm", "--device", "/dev/kmsg:/dev/kernel:r", *writing)
    assert (done.returncode, "/dev/kernel: Operation not permitted" in done.stderr) == (1, True)
    assert "/dev/absent" in k3c.fails("run", "--rm", "--device", "/dev/absent", "busybox", "true", code=125)


def test_tmpfs_and_shm(k3c: K3c) -> None:
    mounts = k3c.ok(
        "run",
        "--rm",
        "--tmpfs",
        "/a:size=1m,mode=1770",
        "--mount",
        "type=tmpfs,dst=/b,tmpfs-size=2m",
        "--shm-size",
        "3m",
        "busybox",
        "mount",
    )
    by_target = {line.split()[2]: line for line in mounts.splitlines()}
    assert "size=1024k" in by_target["/a"]
    assert "mode=1770" in by_target["/a"]
    assert "noexec" in by_target["/a"]
    assert "size=2048k" in by_target["/b"]
    assert "size=3072k" in by_target["/dev/shm"]


def test_ulimits(k3c: K3c) -> None:
    script = "ulimit -n; ulimit -Hn; ulimit -c"
    out = k3c.ok("run", "--rm", "--ulimit", "nofile=100:200", "--ulimit", "core=0", *SH, script)
    assert out.split() == ["100", "200", "0"]
    k3c.ok("run", "-d", "--name", "limited", "--ulimit", "nofile=300", "busybox", "sleep", "100")
    assert k3c.ok("exec", "limited", "sh", "-c", "ulimit -n") == "300"
    assert "ulimit" in k3c.fails("run", "--ulimit", "files=3", "busybox", code=125)


def test_dns_and_hosts(k3c: K3c) -> None:
    flags = ("--dns", "192.0.2.9", "--dns-search", "example.org", "--dns-option", "ndots:3")
    resolv = k3c.ok("run", "--rm", *flags, "busybox", "cat", "/etc/resolv.conf").splitlines()
    assert set(resolv) == {"search example.org", "nameserver 192.0.2.9", "options ndots:3"}
    hosts = k3c.ok(
        "run",
        "--rm",
        "--name",
        "own",
        "--add-host",
        "there:192.0.2.1",
        "--add-host",
        "up:host-gateway",
        "busybox",
        "cat",
        "/etc/hosts",
    )
    lines = {tuple(line.split()) for line in hosts.splitlines()}
    assert {("192.0.2.1", "there"), (k3c.daemon.gateway, "up"), ("127.0.0.1", "localhost")} <= lines
    assert any(line[1:] == ("own",) for line in lines)
    assert "IP address" in k3c.fails("run", "--dns", "nine", "busybox", code=125)


def test_namespaces_of_the_host(k3c: K3c) -> None:
    for flag, kind in (("--net", "net"), ("--pid", "pid"), ("--ipc", "ipc")):
        found = k3c.ok("run", "--rm", flag, "host", "busybox", "readlink", f"/proc/self/ns/{kind}")
        assert found == str(Path(f"/proc/self/ns/{kind}").readlink())
    assert k3c.ok("run", "--rm", "--net", "host", "busybox", "hostname") == socket.gethostname()
    assert "--publish" in k3c.fails("run", "--net", "host", "-p", "80", "busybox", code=125)


def test_no_network(k3c: K3c) -> None:
    out = k3c.ok(
        "run",
        "--rm",
        "--name",
        "alone",
        "--net",
        "none",
        *SH,
        "hostname; ls /sys/class/net; ip -o link | grep -c LOOPBACK,UP",
    )
    assert out.split() == ["alone", "lo", "1"]


@pytest.mark.parametrize(("flag", "kind"), [("--net", "net"), ("--pid", "pid"), ("--ipc", "ipc")])
def test_namespaces_of_another_container(k3c: K3c, flag: str, kind: str) -> None:
    k3c.ok("run", "-d", "--name", "first", "busybox", "sleep", "1000")
    link = ("readlink", f"/proc/1/ns/{kind}")
    shared = k3c.ok("run", "--rm", flag, "container:first", "busybox", "readlink", f"/proc/self/ns/{kind}")
    assert shared == k3c.ok("exec", "first", *link)
    k3c.ok("stop", "-t", "0", "first")
    assert "not running" in k3c.fails("run", flag, "container:first", "busybox", "true", code=125)
    assert "absent" in k3c.fails("run", flag, "container:absent", "busybox", "true", code=125)
    assert k3c.names() == ["first"]


def test_sysctl_hostname_and_oom_score(k3c: K3c) -> None:
    flags = (
        "--sysctl",
        "net.ipv4.ip_unprivileged_port_start=77",
        "-h",
        "other-name",
        "--oom-score-adj",
        "500",
    )
    script = "cat /proc/sys/net/ipv4/ip_unprivileged_port_start; hostname; cat /proc/self/oom_score_adj"
    assert k3c.ok("run", "--rm", *flags, *SH, script).split() == ["77", "other-name", "500"]
    assert "whole machine" in k3c.fails("run", "--sysctl", "vm.swappiness=1", "busybox", code=125)


def test_cgroup_parent(k3c: K3c) -> None:
    parent = f"/k3t{k3c.daemon.tag}/own"  # goes with the daemon's own
    k3c.ok("run", "-d", "--name", "below", "--cgroup-parent", parent, "busybox", "sleep", "1000")
    pid = k3c.ok("inspect", "-f", "{{.State.Pid}}", "below")  # from inside, cgroup v2 shows no parents
    assert f":{parent}/" in Path(f"/proc/{pid}/cgroup").read_text()


def test_an_unknown_runtime(k3c: K3c) -> None:
    assert "no such handler" in k3c.fails("run", "--runtime", "magic", "busybox", "true", code=125)


def test_mounts(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("inside")
    k3c.ok(
        "create",
        "--name",
        "keeper",
        "-v",
        "shared:/shared",
        "--mount",
        f"type=bind,src={tmp_path},dst=/bound,readonly",
        "busybox",
        "true",
    )
    out = k3c.ok(
        "run", "--rm", "--volumes-from", "keeper:ro", *SH, "cat /bound/file; touch /shared/x 2>&1; ls /shared"
    )
    assert out.splitlines()[0].startswith("inside")
    assert "Read-only" in out
    for bad, said in (
        ("type=magic,dst=/x", "mount type 'magic'"),
        ("type=bind,dst=/x", "must be an absolute path"),
        ("type=tmpfs,src=/y,dst=/x", "no source"),
        ("dst=/x,colour=red", "colour"),
        ("type=volume", "absolute path"),
        ("type=bind,src=/tmp,dst=/x,tmpfs-size=3", "does not apply to"),
    ):
        assert said in k3c.fails("run", "--mount", bad, "busybox", code=125)
    assert "duplicate mount target" in k3c.fails("run", "-v", "/x", "--tmpfs", "/x", "busybox", code=125)


def test_volumes_of_the_image_get_its_files(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        "FROM busybox\nRUN mkdir /data && echo first > /data/file && chown -R app /data && chmod 750 /data\n"
        "VOLUME /data\n"
    )
    k3c.ok("build", "-q", "-t", "kept", str(tmp_path))
    assert k3c.ok("run", "--rm", "kept", *SH[1:], "cat /data/file; stat -c '%u %a' /data").split() == [
        "first",
        "1000",
        "750",
    ]
    assert k3c.ok("volume", "ls", "-q") == ""
    k3c.ok("create", "--name", "has", "kept", "true")
    assert len(k3c.ok("volume", "ls", "-q").splitlines()) == 1
    k3c.ok("rm", "-v", "has")
    assert k3c.ok("volume", "ls", "-q") == ""
    k3c.ok("run", "--rm", "-v", "named:/data", "kept", *SH[1:], "echo second > /data/file")
    assert k3c.ok("run", "--rm", "-v", "named:/data", "kept", "cat", "/data/file") == "second"
    assert k3c.ok("run", "--rm", "-v", "bare:/data:nocopy", "kept", "ls", "/data") == ""
    k3c.ok("volume", "rm", "named", "bare")
    k3c.ok("rmi", "kept")


def test_files_that_name_things(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "labels").write_text("# no\na=1\n")
    cidfile = tmp_path / "cid"
    k3c.ok(
        "run",
        "-d",
        "--cidfile",
        str(cidfile),
        "--label-file",
        str(tmp_path / "labels"),
        "--name",
        "filed",
        "busybox",
        "sleep",
        "9",
    )
    assert cidfile.read_text() == k3c.ok("ps", "-q", "--no-trunc")
    assert "exists" in k3c.fails("run", "--cidfile", str(cidfile), "busybox", code=125)
    k3c.fails("run", "--cidfile", str(tmp_path / "none"), "--name", "filed", "busybox", code=125)
    assert not (tmp_path / "none").exists()


def test_platform(k3c: K3c) -> None:
    assert "is for" in k3c.fails("run", "--pull", "never", "--platform", "linux/riscv64", "busybox", code=125)
    assert k3c.ok("run", "--rm", "--platform", "linux", "busybox", "echo", "here") == "here"
