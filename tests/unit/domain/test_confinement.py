"""Flags about privileges, namespaces and mounts: what is read, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain import confinement
from domain.confinement import Device, Isolation, Security, Ulimit
from domain.errors import InvalidArgument
from domain.network import Dns
from domain.volume import Mount, MountKind, parse_mount_flag, parse_tmpfs_flag


def test_devices() -> None:
    assert Device.parse("/dev/a") == Device("/dev/a", "/dev/a", "rwm")
    assert Device.parse("/dev/a:/dev/b") == Device("/dev/a", "/dev/b", "rwm")
    assert Device.parse("/dev/a:r") == Device("/dev/a", "/dev/a", "r")
    assert Device.parse("/dev/a:/dev/b:rw") == Device("/dev/a", "/dev/b", "rw")


def test_ulimits() -> None:
    assert Ulimit.parse("nofile=5") == Ulimit("nofile", 5, 5)
    assert Ulimit.parse("core=0:unlimited") == Ulimit("core", 0, -1)


def test_security_options() -> None:
    texts = ("no-new-privileges", "seccomp=unconfined", "apparmor:mine")
    assert confinement.parse_security_options(texts) == {
        "no_new_privileges": True,
        "seccomp": "unconfined",
        "apparmor": "mine",
    }
    assert confinement.parse_capabilities(("net_admin,CAP_CHOWN", "all")) == ("NET_ADMIN", "CHOWN", "ALL")


def test_names_and_addresses() -> None:
    assert confinement.parse_extra_host("a:1.2.3.4") == "a:1.2.3.4"
    assert confinement.parse_extra_host("a=[::1]") == "a:::1"
    assert confinement.parse_extra_host("a:host-gateway") == "a:host-gateway"
    assert confinement.parse_dns(("1.1.1.1",), ("x",), ("y",)) == Dns(("1.1.1.1",), ("x",), ("y",))
    assert confinement.parse_sysctl("net.a.b=1") == ("net.a.b", "1")
    assert confinement.parse_namespace("network", "bridge") == ""
    assert Isolation(network="container:a", pid="host").joined == {"network": "a"}


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (Device.parse, "null"),
        (Device.parse, "/dev/a:/dev/b:x"),
        (Ulimit.parse, "nofile"),
        (Ulimit.parse, "nofile=9:3"),
        (Ulimit.parse, "nofile=unlimited:3"),
        (Ulimit.parse, "files=3"),
        (confinement.parse_extra_host, "a"),
        (confinement.parse_extra_host, "a:b"),
        (confinement.parse_extra_host, ":1.2.3.4"),
        (confinement.parse_sysctl, "vm.swappiness=1"),
        (confinement.parse_sysctl, "net.a"),
        (confinement.check_cgroup_parent, "relative"),
        (confinement.check_cgroup_parent, "/a/../b"),
        (lambda text: confinement.parse_namespace("pid", text), "none"),
        (lambda text: confinement.parse_namespace("network", text), "container:"),
        (lambda text: confinement.parse_security_options((text,)), "seccomp"),
        (lambda text: confinement.parse_capabilities((text,)), "FLY"),
        (lambda text: confinement.parse_dns((text,), (), ()), "example.org"),
        (parse_tmpfs_flag, "relative"),
        (parse_tmpfs_flag, "/a:size"),
        (parse_tmpfs_flag, "/a:colour=red"),
        (parse_mount_flag, "type=bind,src=relative,dst=/a"),
        (parse_mount_flag, "type=bind,src=/a,dst=/a,dst=/b"),
        (parse_mount_flag, "type=volume,src=a,dst=/b,readonly=maybe"),
        (parse_mount_flag, "type=bind,src=/a,dst=/b,bind-propagation=x"),
        (parse_mount_flag, "type=volume,src=..,dst=/b"),
    ],
)
def test_what_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(InvalidArgument):
        read(text)


def test_mounts() -> None:
    assert parse_tmpfs_flag("/a:size=1m,noexec") == Mount(MountKind.TMPFS, "", "/a", options="size=1m,noexec")
    assert parse_mount_flag("type=bind,source=/a,target=/b,ro,bind-propagation=rslave") == Mount(
        MountKind.BIND, "/a", "/b", read_only=True, propagation="rslave"
    )
    assert parse_mount_flag("src=vol,dst=/b,volume-nocopy") == Mount(
        MountKind.VOLUME, "vol", "/b", copy=False
    )
    assert parse_mount_flag("type=tmpfs,dst=/b,tmpfs-size=5,tmpfs-mode=700").options == "mode=700,size=5"


@pytest.mark.parametrize(
    ("isolation", "publishes", "hostname"),
    [
        (Isolation(network="host"), True, False),
        (Isolation(network="host"), False, True),
        (Isolation(network="none", sysctls={"net.a.b": "1"}), False, False),
        (Isolation(pid="container:../x"), False, False),
    ],
)
def test_what_excludes_each_other(isolation: Isolation, *, publishes: bool, hostname: bool) -> None:
    with pytest.raises(InvalidArgument):
        isolation.check(publishes=publishes, has_hostname=hostname)


def test_nothing_asked_for_is_fine() -> None:
    Isolation().check(publishes=True, has_hostname=True)
    assert Security().seccomp == ""
