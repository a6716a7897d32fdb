"""Annotations, runtimes, AppArmor, the propagation of mounts and groups by name: what came of each option."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemon import K3c

_APPARMOR = Path("/sys/module/apparmor/parameters/enabled")


def runtime_spec(k3c: K3c, name: str) -> dict[str, object]:
    """What the OCI runtime was told of a container, by containerd."""
    runtime_id = k3c.ok("inspect", "-f", "{{.K3c.RuntimeId}}", name)
    spec: dict[str, object] = k3c.crictl("inspect", runtime_id)["info"]["runtimeSpec"]
    return spec


def test_annotations_reach_the_runtime(k3c: K3c) -> None:
    given = {"plain": "v=w", "example.org/key": "a b", "empty": ""}
    flags = [f"--annotation={name}={value}" for name, value in given.items()]
    k3c.ok("run", "-d", "--name", "noted", *flags, "busybox", "sleep", "1000")
    annotations = runtime_spec(k3c, "noted")["annotations"]
    assert isinstance(annotations, dict)
    assert given.items() <= annotations.items()
    k3c.ok("run", "-d", "--name", "plain", "busybox", "sleep", "1000")
    others = runtime_spec(k3c, "plain")["annotations"]
    assert isinstance(others, dict)
    assert not given.keys() & others.keys()
    assert "NAME=VALUE" in k3c.fails("run", "--annotation", "=x", "busybox", "true", code=125)


def test_the_runtime_is_that_which_was_asked_for(k3c: K3c) -> None:
    for name, flags, handler in (("named", ("--runtime", "runc"), "runc"), ("plain", (), "")):
        k3c.ok("run", "-d", "--name", name, *flags, "busybox", "sleep", "1000")
        pod = k3c.ok("inspect", "-f", "{{.K3c.Sandbox}}", name)
        assert k3c.crictl("inspectp", pod)["status"]["runtimeHandler"] == handler
        assert k3c.ok("inspect", "-f", "{{.HostConfig.Runtime}}", name) == handler
    said = k3c.fails("run", "--name", "magic", "--runtime", "magic", "busybox", "true", code=125)
    assert said.startswith("k3c: invalid runtime 'magic': containerd has no such handler")
    assert "magic" not in k3c.names()


def test_an_apparmor_profile_that_cannot_be_had_is_refused(k3c: K3c) -> None:
    """Not left out: who asks to be confined would not be."""
    enabled = _APPARMOR.exists() and _APPARMOR.read_text().startswith("Y")
    said = k3c.fails(
        "run", "--name", "none", "--security-opt", "apparmor=none-such", "busybox", "true", code=125
    )
    assert said == (
        "k3c: invalid AppArmor profile 'none-such': no such AppArmor profile"
        if enabled
        else "k3c: this machine does not support AppArmor: leave out --security-opt apparmor,"
        " or use apparmor=unconfined"
    )
    assert k3c.names() == []
    look = ("cat", "/proc/self/attr/current")
    free = k3c("run", "--rm", "--security-opt", "apparmor=unconfined", "busybox", *look)
    assert free.stdout.strip("\0\n") == ("unconfined" if enabled else "")


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A private mount of this machine's."""
    subprocess.run(["mount", "-t", "tmpfs", "k3c-test", str(tmp_path)], check=True)
    subprocess.run(["mount", "--make-private", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", "--recursive", str(tmp_path)], check=True)


def propagation(k3c: K3c, *flags: str) -> str:
    """The optional fields of /m in a container's mountinfo, without their numbers."""
    line = k3c.ok("run", "--rm", *flags, "busybox", "grep", " /m ", "/proc/self/mountinfo")
    optional = line.partition(" - ")[0].split()[6:]
    return " ".join(field.partition(":")[0] for field in optional)


def test_the_propagation_of_bind_mounts(k3c: K3c, mounted: Path) -> None:
    subprocess.run(["mount", "--make-shared", str(mounted)], check=True)
    for kind, fields in (
        ("private", ""),
        ("rprivate", ""),
        ("slave", "master"),
        ("rslave", "master"),
        ("shared", "shared"),
        ("rshared", "shared"),
    ):
        assert propagation(k3c, "-v", f"{mounted}:/m:{kind}") == fields, kind
        mount = f"type=bind,src={mounted},dst=/m,bind-propagation={kind}"
        assert propagation(k3c, "--mount", mount) == fields, kind
    assert propagation(k3c, "-v", f"{mounted}:/m") == ""


def test_mounts_come_into_and_out_of_a_container(k3c: K3c, mounted: Path) -> None:
    subprocess.run(["mount", "--make-shared", str(mounted)], check=True)
    for name in ("later", "within"):
        (mounted / name).mkdir()
    kinds = {"own": "private", "seeing": "rslave", "both": "rshared"}
    for name, kind in kinds.items():
        flags = ("--privileged", "-v", f"{mounted}:/m:{kind}")
        k3c.ok("run", "-d", "--name", name, *flags, "busybox", "sleep", "1000")
    subprocess.run(["mount", "-t", "tmpfs", "k3c-test", str(mounted / "later")], check=True)
    (mounted / "later" / "file").write_text("seen")
    seen = {name: k3c("exec", name, "cat", "/m/later/file").stdout for name in kinds}
    assert seen == {"own": "", "seeing": "seen", "both": "seen"}
    for name in ("seeing", "both"):
        k3c.ok("exec", name, "mount", "-t", "tmpfs", name, "/m/within")
    there = [line.split()[0] for line in Path("/proc/mounts").read_text().splitlines() if "/within " in line]
    assert there == ["both"]


@pytest.mark.parametrize("kind", ["rslave", "rshared"])
def test_a_mount_that_is_not_shared_cannot_propagate(k3c: K3c, mounted: Path, kind: str) -> None:
    flags = ("--name", "none", "-v", f"{mounted}:/m:{kind}")
    said = k3c.fails("run", *flags, "busybox", "true", code=125)
    assert said == (
        f"k3c: invalid bind mount '{mounted}': {mounted} is not a shared mount, which this propagation needs:"
        f" use `mount --make-rshared {mounted}` first"
    )
    assert k3c.names() == []


def test_volumes_have_no_propagation(k3c: K3c) -> None:
    said = k3c.fails("run", "-v", "data:/m:rslave", "busybox", "true", code=125)
    assert "rslave does not apply to this type of mount" in said
    assert k3c.ok("volume", "ls", "-q") == ""


def test_a_group_by_name(k3c: K3c, tmp_path: Path) -> None:
    def groups(*flags: str) -> set[str]:
        script = ("sh", "-c", "grep ^Groups: /proc/self/status | cut -f2")
        return set(k3c.ok("run", "--rm", *flags, *script).split())

    (tmp_path / "Dockerfile").write_text(
        "FROM busybox\nRUN printf 'root:x:0:\\nwheel:x:10:\\n' > /etc/group\n"
    )
    k3c.ok("build", "-q", "-t", "grouped", str(tmp_path))
    assert groups("-u", "app", "grouped") == {"1000"}
    assert groups("-u", "app", "--group-add", "root", "grouped") == {"1000", "0"}
    assert groups("-u", "app", "--group-add", "root", "--group-add", "wheel", "grouped") == {
        "1000",
        "0",
        "10",
    }
    assert groups("--group-add", "root", "grouped") == {"0"}
    k3c.ok("create", "--name", "shown", "--group-add", "root", "grouped", "true")
    assert k3c.ok("inspect", "-f", "{{json .HostConfig.GroupAdd}}", "shown") == '["0"]'
    # As with docker: the name is the image's, which without a file of groups has none.
    said = k3c.fails("run", "--group-add", "root", "busybox", "true", code=125)
    assert said.startswith("k3c: invalid group 'root': the image has no such group")
    k3c.ok("rm", "shown")
    k3c.ok("rmi", "grouped")
