"""Which events each verb emits: all that happened, in docker's words and order, and none that did not."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.integration.daemon import K3c, until

SLEEP = ("busybox", "sleep", "1000")


class Told:
    """The events since the test began."""

    def __init__(self, k3c: K3c) -> None:
        self._k3c = k3c
        self._before = len(self._all())

    def _all(self) -> list[dict[str, Any]]:
        lines = self._k3c.ok("events", "--since", "1h", "--until", "0s", "--format", "json")
        return [json.loads(line) for line in lines.splitlines()]

    def events(self) -> list[dict[str, Any]]:
        """All of them."""
        return self._all()[self._before :]

    def actions(self, kind: str = "container") -> list[str]:
        """What happened to things of a kind."""
        return [event["Action"] for event in self.events() if event["Type"] == kind]

    def until(self, *actions: str, kind: str = "container") -> None:
        """Wait for the last of these, and compare all."""
        until(lambda: self.actions(kind)[-1:] == [actions[-1]])
        assert self.actions(kind) == list(actions)


@pytest.fixture
def told(k3c: K3c) -> Told:
    return Told(k3c)


def test_rm_by_force(k3c: K3c, told: Told) -> None:
    k3c.ok("run", "-d", "--name", "web", *SLEEP)
    k3c.ok("rm", "-f", "web")
    told.until("create", "start", "kill", "die", "destroy")
    (kill,) = (event for event in told.events() if event["Action"] == "kill")
    assert kill["Actor"]["Attributes"]["signal"] == "9"


def test_a_run_with_its_output(k3c: K3c, told: Told) -> None:
    k3c.ok("run", "--rm", "busybox", "true")
    told.until("create", "attach", "start", "die", "destroy")


def test_a_start_with_its_output(k3c: K3c, told: Told) -> None:
    k3c.ok("create", "--name", "web", "busybox", "true")
    k3c.ok("start", "-a", "web")
    told.until("create", "attach", "start", "die")


@pytest.mark.parametrize("flags", [(), ("-d",), ("-i",)])
def test_exec(k3c: K3c, told: Told, flags: tuple[str, ...]) -> None:
    k3c.ok("run", "-d", "--name", "web", *SLEEP)
    k3c("exec", *flags, "web", "sh", "-c", "exit 3")
    command = "sh -c exit 3"
    told.until("create", "start", f"exec_create: {command}", f"exec_start: {command}", "exec_die")
    attributes = [event["Actor"]["Attributes"] for event in told.events()[-3:]]
    assert len({one["execID"] for one in attributes}) == 1
    assert attributes[-1]["exitCode"] == "3"


def test_an_exec_that_cannot_be(k3c: K3c, told: Told) -> None:
    k3c.ok("run", "-d", "--name", "web", *SLEEP)
    assert k3c("exec", "web", "no-such-command").returncode == 127
    told.until("create", "start", "exec_create: no-such-command")


@pytest.mark.parametrize(
    "command",
    ["tail /dev/zero; exit 5", "exec tail /dev/zero"],
    ids=["of a child", "of the first process"],
)
def test_want_of_memory(k3c: K3c, told: Told, tmp_path: Path, command: str) -> None:
    """The runtime begins to watch the memory of a container a moment after its start, so it has to be up before."""
    waiting = f"until [ -e /here/go ]; do usleep 1000; done; {command}"
    limits = ("-m", "16m", "-v", f"{tmp_path}:/here")
    k3c.ok("run", "-d", "--name", "web", *limits, "busybox", "sh", "-c", waiting)
    (tmp_path / "go").touch()
    k3c.ok("wait", "web")
    until(lambda: {"oom", "die"} <= set(told.actions()))
    assert told.actions()[:2] == ["create", "start"]
    # The kernel may tell of one kill twice, when more memory is asked for until the process is gone.
    ends = [action for action, _ in groupby(sorted(told.actions()[2:]))]
    assert ends == ["die", "oom"]
    assert told.actions().count("die") == 1


def test_volumes_are_made_once_and_removed_with_their_container(k3c: K3c, told: Told) -> None:
    for _ in range(2):
        k3c.ok("volume", "create", "data")
    k3c.ok("run", "--rm", "-v", "data:/data", "-v", "/anonymous", "busybox", "true")
    told.until("create", "create", "destroy", kind="volume")
    named, made, removed = (event["Actor"]["ID"] for event in told.events() if event["Type"] == "volume")
    assert named == "data"
    assert made == removed
    k3c.ok("create", "--name", "web", "-v", "/anonymous", "busybox", "true")
    k3c.ok("rm", "-v", "web")
    k3c.ok("volume", "rm", "data")
    told.until("create", "create", "destroy", "create", "destroy", "destroy", kind="volume")
