"""Events: what is told, stored and followed."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

from tests.integration.daemon import K3c, until


def actions(k3c: K3c, *flags: str) -> list[str]:
    lines = k3c.ok(
        "events", "--since", "10m", "--until", "0s", "--format", "{{.Type}} {{.Action}} {{.Name}}", *flags
    )
    return lines.splitlines()


def test_the_life_of_a_container(k3c: K3c) -> None:
    k3c.ok(
        "run",
        "-d",
        "--name",
        "watched",
        "-l",
        "tier=front",
        "--stop-timeout",
        "0",
        "busybox",
        "sleep",
        "1000",
    )
    k3c.ok("exec", "watched", "true")
    for verb in (("pause",), ("unpause",), ("update", "--cpus", "1"), ("restart",), ("stop",)):
        k3c.ok(*verb, "watched")
    k3c.ok("rename", "watched", "watched-2")
    k3c.ok("rm", "watched-2")
    told = actions(k3c, "-f", "label=tier=front")
    for action in (
        "create",
        "start",
        "exec_start: true",
        "exec_die",
        "pause",
        "unpause",
        "update",
        "restart",
        "stop",
    ):
        assert f"container {action} watched" in told
    assert told[-2:] == ["container rename watched-2", "container destroy watched-2"]
    assert "container die watched" in told
    assert told.index("container create watched") < told.index("container start watched")


def test_ends_say_how(k3c: K3c) -> None:
    k3c("run", "--name", "fails", "busybox", "sh", "-c", "exit 3")
    until(lambda: "container die fails" in actions(k3c))
    (died,) = k3c.ok(
        "events",
        "--since",
        "10m",
        "--until",
        "0s",
        "--format",
        "json",
        "-f",
        "event=die",
        "-f",
        "container=fails",
    ).splitlines()
    event = json.loads(died)
    assert event["Actor"]["Attributes"]["exitCode"] == "3"
    assert event["Actor"]["Attributes"]["image"] == "busybox"
    k3c.ok(
        "run",
        "-d",
        "--name",
        "sick",
        "--health-cmd",
        "false",
        "--health-interval",
        "100ms",
        "--health-retries",
        "1",
        "busybox",
        "sleep",
        "1000",
    )
    until(lambda: "container health_status: unhealthy sick" in actions(k3c))


def test_images_and_volumes(k3c: K3c) -> None:
    k3c.ok("tag", "busybox", "told:1")
    k3c.ok("rmi", "told:1")
    k3c.ok("volume", "create", "data")
    k3c.ok("volume", "rm", "data")
    told = actions(k3c, "-f", "type=image", "-f", "type=volume")
    for line in ("image tag told:1", "image untag told:1", "volume create data", "volume destroy data"):
        assert line in told


def test_who_did_it(k3c: K3c) -> None:
    """By the process that calls the daemon: it is the command itself where no warm process runs it."""
    k3c = replace(k3c, environment={"K3C_NO_WARM": "1"})
    making = k3c.start("volume", "create", "whose")
    making.communicate(timeout=60)
    k3c("run", "--name", "whose", "busybox", "true")
    until(lambda: "container die whose" in actions(k3c))
    told = [
        json.loads(line)
        for line in k3c.ok("events", "--since", "10m", "--until", "0s", "--format", "json").splitlines()
    ]
    (made,) = [
        event
        for event in told
        if event["Action"] == "create" and event["Name"] == "whose" and event["Type"] == "volume"
    ]
    assert made["Caller"] == {"Uid": os.getuid(), "Pid": making.pid}
    (started,) = [event for event in told if event["Action"] == "start" and event["Name"] == "whose"]
    assert started["Caller"]["Uid"] == os.getuid()
    (died,) = [event for event in told if event["Action"] == "die" and event["Name"] == "whose"]
    assert died["Caller"] is None
    assert f" by uid {os.getuid()}, pid {making.pid}" in k3c.ok(
        "events", "--since", "10m", "--until", "0s", "-f", "volume=whose"
    )


def test_a_build(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nLABEL built=here\n")
    k3c.ok("build", "-q", "-t", "told-built", str(tmp_path))
    told = actions(k3c, "-f", "type=image")
    assert "image build told-built:latest" in told


def test_following(k3c: K3c) -> None:
    following = k3c.start(
        "events", "--format", "{{.Action}} {{.Name}}", "-f", "type=container", "-f", "event=create"
    )
    assert following.stdout is not None
    made = []
    for number in range(5):
        k3c.ok("create", "--name", f"made-{number}", "busybox", "true")
        made.append(f"create made-{number}")
    # Whether it listens yet is not told: the first ones may have been before.
    first = following.stdout.readline().decode().strip()
    seen = [first]
    while seen[-1] != made[-1]:
        seen.append(following.stdout.readline().decode().strip())
    assert seen == made[made.index(first) :]
    following.send_signal(signal.SIGINT)
    following.communicate(timeout=20)
    assert following.returncode == 0


def test_what_is_refused(k3c: K3c) -> None:
    assert "use one of" in k3c.fails("events", "-f", "colour=red", "--until", "0s")
    assert "duration" in k3c.fails("events", "--since", "yesterday")
