"""What is written for the embedded processes on different machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidArgument
from entrypoints.daemon.embedded.configs import buildkitd_config, containerd_config
from entrypoints.daemon.embedded.layout import Layout
from entrypoints.daemon.host import cgroup_version, check_cgroup_parent, swap_limits_work
from entrypoints.daemon.settings import BuilderSettings, RuntimeSettings, Settings


def cri(config: dict[str, Any], part: str) -> dict[str, Any]:
    """A part of CRI's configuration."""
    plugin: dict[str, Any] = config["plugins"][f"io.containerd.cri.v1.{part}"]
    return plugin


@pytest.mark.parametrize("restrict_oom", [True, False])
@pytest.mark.parametrize("snapshotter", ["overlayfs", "native"])
def test_containerd(restrict_oom: bool, snapshotter: str) -> None:
    config = containerd_config(
        Layout(Settings()), snapshotter, sandbox_image="k3c.io/pause:1", restrict_oom=restrict_oom
    )
    assert cri(config, "runtime")["restrict_oom_score_adj"] is restrict_oom
    for handler in cri(config, "runtime")["containerd"]["runtimes"].values():
        assert handler["container_annotations"] == ["*", "*/*"]
    assert cri(config, "images")["snapshotter"] == snapshotter
    assert cri(config, "images")["pinned_images"] == {"sandbox": "k3c.io/pause:1"}
    assert config["root"].startswith("/var/lib/rancher/k3c/")


def test_buildkitd_shares_the_runtimes_images_and_names() -> None:
    config = buildkitd_config(Layout(Settings()), "native", "10.61.0.1")
    worker = config["worker"]["containerd"]
    assert (worker["namespace"], worker["snapshotter"]) == ("k8s.io", "native")
    assert worker["address"] == "/run/k3c/containerd.sock"
    assert config["dns"] == {"nameservers": ["10.61.0.1"]}
    assert "dns" not in buildkitd_config(Layout(Settings()), "native", "")


def test_builds_on_a_runtime_that_was_there_use_its_host_network() -> None:
    layout = Layout(Settings(runtime=RuntimeSettings(address="/run/other.sock")))
    worker = buildkitd_config(layout, "overlayfs", "")["worker"]["containerd"]
    assert (worker["address"], worker["networkMode"]) == ("/run/other.sock", "host")


@pytest.mark.parametrize(
    ("files", "version"),
    [((), "v1"), (("unified/cgroup.procs",), "hybrid"), (("cgroup.controllers",), "v2")],
)
def test_cgroup_versions(tmp_path: Path, files: tuple[str, ...], version: str) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    assert cgroup_version(tmp_path) == version


def test_no_container_is_put_below_a_cgroup_with_processes(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    for cgroup, processes in ((".", "1\n"), ("slice", ""), ("slice/unit", "7\n")):
        (tmp_path / cgroup).mkdir(exist_ok=True)
        (tmp_path / cgroup / "cgroup.procs").write_text(processes)
        if cgroup != ".":
            (tmp_path / cgroup / "cgroup.type").write_text("domain\n")
    for parent in ("/", "/k3c", "/slice", "/slice/k3c"):
        check_cgroup_parent(parent, tmp_path)
    for parent in ("/slice/unit", "/slice/unit/k3c/deep"):
        with pytest.raises(InvalidArgument) as refused:
            check_cgroup_parent(parent, tmp_path)
        assert (refused.value.problem, refused.value.detail) == (
            "cgroup-with-processes",
            str(tmp_path / "slice/unit"),
        )
    (tmp_path / "cgroup.type").write_text("domain\n")  # the root of a cgroup namespace
    with pytest.raises(InvalidArgument):
        check_cgroup_parent("/k3c", tmp_path)


def test_limits_of_swap_want_a_cgroup_that_has_one(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("1:cpu:/\n0::/\n")
    assert swap_limits_work(tmp_path, own)  # v1
    (tmp_path / "cgroup.controllers").touch()
    unit = tmp_path / "system.slice/k3c.service"
    unit.mkdir(parents=True)
    for place, works in (("/", False), ("/system.slice/k3c.service", True)):
        (unit / "memory.swap.max").touch()
        own.write_text(f"0::{place}\n")
        assert swap_limits_work(tmp_path, own) is works


def test_programs_of_what_was_there_are_not_needed(tmp_path: Path) -> None:
    layout = Layout(
        Settings(
            runtime=RuntimeSettings(address="/run/c.sock", binaries=tmp_path),
            builder=BuilderSettings(address="/run/b.sock"),
        )
    )
    for own in (
        "k3c-init",
        "k3c-keeper",
        "k3c-logs.so",
    ):  # containers are held at k3c's own gate, whoever runs them
        (tmp_path / own).touch()
    layout.check_programs()
