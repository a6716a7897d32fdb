"""`--domainname` and `--pids-limit`, looked at from inside."""

from __future__ import annotations

import pytest

from tests.integration.daemon import K3c


@pytest.mark.parametrize("flags", [(), ("--net", "none"), ("--init",)])
def test_the_domain_name_is_the_containers(k3c: K3c, flags: tuple[str, ...]) -> None:
    look = ("cat", "/proc/sys/kernel/domainname")
    assert k3c.ok("run", "--rm", "--domainname", "example.org", *flags, "busybox", *look) == "example.org"
    assert k3c.ok("run", "--rm", *flags, "busybox", *look) == "(none)"


def test_the_machine_keeps_its_domain_name(k3c: K3c) -> None:
    line = k3c.fails("run", "--rm", "--net", "host", "--domainname", "x.org", "busybox", "true", code=125)
    assert "hostname" in line


def test_so_many_processes_and_no_more(k3c: K3c) -> None:
    script = "for n in 1 2 3 4 5 6 7 8; do sleep 100 & done; echo all"
    done = k3c("run", "--rm", "--pids-limit", "5", "busybox", "sh", "-c", script)
    assert "can't fork" in done.stderr
    assert "all" not in done.stdout
    assert k3c.ok("run", "--rm", "--pids-limit", "-1", "busybox", "sh", "-c", script) == "all"
    assert "pids limit" in k3c.fails("run", "--rm", "--pids-limit", "-2", "busybox", "true", code=125)


def test_inspect_and_the_run_line_have_them(k3c: K3c) -> None:
    k3c.ok("create", "--name", "web", "--domainname", "example.org", "--pids-limit", "50", "busybox")
    shown = k3c.ok("inspect", "-f", "{{.Config.Domainname}} {{.HostConfig.PidsLimit}}", "web")
    assert shown == "example.org 50"
    line = k3c.ok("inspect", "--format", "run", "web")
    assert "--domainname=example.org" in line
    assert "--pids-limit=50" in line
