"""docker's groups of verbs, and what `version` and `info` say to machines."""

from __future__ import annotations

import json

from tests.integration.daemon import K3c


def test_a_group_says_what_the_verb_says(k3c: K3c) -> None:
    k3c.ok("container", "run", "-d", "--name", "web", "busybox", "sleep", "1000")
    assert k3c.ok("container", "ls", "-q") == k3c.ok("ps", "-q")
    assert json.loads(k3c.ok("container", "inspect", "web"))[0]["Name"] == "/web"
    assert "no such image: web" in k3c("image", "inspect", "web").stderr
    assert k3c.ok("image", "inspect", "-f", "{{.Os}}", "busybox") == "linux"
    assert k3c.ok("container", "rm", "-f", "web") == "web"
    assert "unknown command 'sl'" in k3c.fails("container", "sl", code=2)


def test_versions_for_machines(k3c: K3c) -> None:
    shape = json.loads(k3c.ok("version", "--format", "json"))
    assert shape["Client"]["Version"] == shape["Server"]["Version"]
    assert {one["Name"] for one in shape["Server"]["Components"]} == {"containerd", "buildkitd"}
    assert k3c.ok("version", "-f", "{{.Server.Version}}") == shape["Server"]["Version"]
    assert ".None" in k3c.fails("version", "--format", "{{.None}}")


def test_information_for_machines(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "web", "busybox", "sleep", "1000")
    shape = json.loads(k3c.ok("system", "info", "--format", "json"))
    assert (shape["Containers"], shape["ContainersRunning"]) == (1, 1)
    assert k3c.ok("info", "-f", "{{.Driver}} {{.NCPU}}") == f"{shape['Driver']} {shape['NCPU']}"
    assert k3c.ok("info", "--format", "yaml").startswith("Containers: 1\n")
