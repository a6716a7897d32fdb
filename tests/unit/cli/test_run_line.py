"""The `k3c run` line of a stored spec: what the flags make of its words is the spec again."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from domain.confinement import Device, Isolation, Security
from domain.health import Healthcheck
from domain.network import PortBinding
from domain.spec import ContainerSpec, Resources
from domain.volume import Mount, MountKind, parse_mount_flag, parse_tmpfs_flag
from entrypoints.cli.ui.run_line import run_line

SPEC = ContainerSpec("busybox")


def words(spec: ContainerSpec) -> list[str]:
    """The words between the name and the image."""
    split = shlex.split(run_line(spec, "web"))
    assert split[:4] == ["k3c", "run", "--name", "web"]
    return split[4 : split.index("busybox")]


@pytest.mark.parametrize(
    ("spec", "flags"),
    [
        (SPEC, []),
        (replace(SPEC, stop_timeout=0), ["--stop-timeout=0"]),
        (replace(SPEC, stop_timeout=10), []),
        (replace(SPEC, stop_timeout=11), ["--stop-timeout=11"]),
        (replace(SPEC, publish_all=True), ["--publish-all"]),
        (replace(SPEC, resources=Resources(oom_score_adj=0)), ["--oom-score-adj=0"]),
        (replace(SPEC, resources=Resources(memory_swap=-1)), ["--memory-swap=-1"]),
        (replace(SPEC, entrypoint=()), ["--entrypoint="]),
        (
            replace(SPEC, environment=('A=it\'s "$B"\n', "B=", "C")),
            ['--env=A=it\'s "$B"\n', "--env=B=", "--env=C"],
        ),
        (
            replace(SPEC, security=Security(devices=(Device("/dev/a", "/dev/b", "r"),))),
            ["--device=/dev/a:/dev/b:r"],
        ),
        (
            replace(SPEC, ports=(PortBinding(80, "udp", "::1", 8000, 8010),)),
            ["--publish=[::1]:8000-8010:80/udp"],
        ),
        (
            replace(SPEC, healthcheck=Healthcheck(("CMD-SHELL", "a b"), interval=1.2345678, timeout=1e-6)),
            ["--health-cmd=a b", "--health-interval=1.2345678s", "--health-timeout=0.000001s"],
        ),
    ],
)
def test_flags(spec: ContainerSpec, flags: list[str]) -> None:
    assert words(spec) == flags


def test_maps_that_were_read_in_another_order_make_the_same_line() -> None:
    pairs = {"net.b": "1", "net.a": "2", "net.c": "3"}
    flags = [f"{flag}=net.{key}" for flag in ("--label", "--sysctl", "--annotation") for key in "abc"]
    for values in (pairs, dict(reversed(pairs.items()))):
        spec = replace(SPEC, labels=values, isolation=Isolation(sysctls=values, annotations=values))
        assert [word.rpartition("=")[0] for word in words(spec)] == flags


@pytest.mark.parametrize(
    "mount",
    [
        Mount(MountKind.BIND, "/a", "/b", read_only=True, propagation="rslave"),
        Mount(MountKind.BIND, "/a,b 'c' \"d\"", "/b"),
        Mount(MountKind.VOLUME, "data", "/b", copy=False),
        Mount(MountKind.VOLUME, "", "/b"),
        Mount(MountKind.TMPFS, "", "/b", read_only=True, options="mode=1770,size=1m"),
        Mount(MountKind.TMPFS, "", "/b:c", options="size=1m"),
        Mount(MountKind.TMPFS, "", "/b", options="size=1m,mode=1770,exec,uid=3"),
        Mount(MountKind.TMPFS, "", "/b", options="ro"),
        Mount(MountKind.TMPFS, "", "/b"),
    ],
)
def test_mounts_come_back_as_they_were(mount: Mount) -> None:
    (word,) = words(replace(SPEC, mounts=(mount,)))
    flag, _, value = word.partition("=")
    assert {"--mount": parse_mount_flag, "--tmpfs": parse_tmpfs_flag}[flag](value) == mount


def test_a_volume_with_a_made_up_name_is_made_anew() -> None:
    (word,) = words(replace(SPEC, mounts=(Mount(MountKind.VOLUME, "0a" * 32, "/b"),)))
    assert word == "--mount=type=volume,target=/b"
