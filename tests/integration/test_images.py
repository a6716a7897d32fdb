"""Images of the local store, by the CLI: tag, rmi, and that nothing is left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.daemon import K3c

CTR = str(Path(sys.prefix) / "libexec" / "k3c" / "ctr")


def built(k3c: K3c, folder: Path, name: str, text: str = "ENV A=b") -> str:
    """Build an image that is like no other, and return its id."""
    (folder / "Dockerfile").write_text(f"FROM busybox\nLABEL of={name}\n{text}\n")
    k3c.ok("build", "-q", "-t", name, str(folder))
    return k3c.ok("images", "-q", "--no-trunc", name)


def content(k3c: K3c) -> set[str]:
    """All names and blobs that containerd has, by its own client."""
    socket = f"{k3c.daemon.state}/containerd.sock"
    asked = ([CTR, "-a", socket, "-n", "k8s.io", *what, "ls", "-q"] for what in (("images",), ("content",)))
    done = [subprocess.run(command, capture_output=True, text=True, check=True) for command in asked]
    return {line for one in done for line in one.stdout.split()}


def test_rmi_by_name_digest_prefix_and_id(k3c: K3c, tmp_path: Path) -> None:
    image = built(k3c, tmp_path, "gone/one")
    k3c.ok("image", "tag", "gone/one", "gone/two:v1", "gone/three")
    digest = k3c.ok("inspect", "-f", "{{.Digest}}", "gone/one")
    assert "several names" in k3c.fails("rmi", image)
    assert k3c.ok("rmi", "--no-prune", f"gone/one@{digest}") == "Untagged: gone/one:latest"
    assert "no such image" in k3c.fails("rmi", "gone/one")
    assert k3c.ok("image", "rm", "gone/two:v1") == "Untagged: gone/two:v1"
    assert k3c.ok("image", "remove", image[7:27]) == f"Untagged: gone/three:latest\nDeleted: {image}"
    assert not {image, digest} & content(k3c)


def test_rmi_says_by_which_container_an_image_is_used(k3c: K3c, tmp_path: Path) -> None:
    image = built(k3c, tmp_path, "used/one")
    k3c.ok("create", "--name", "idle", "used/one", "true")
    for reference in ("used/one", image, image[7:19]):
        assert "'idle'" in k3c.fails("rmi", reference)
    assert k3c.ok("rmi", "-f", "used/one") == "Untagged: used/one:latest"
    assert k3c("start", "-a", "idle").returncode == 0  # a forced removal of its name leaves it its image
    k3c.ok("run", "-d", "--name", "busy", image, "sleep", "1000")
    assert "'busy'" in k3c.fails("rmi", "-f", image)
    k3c.ok("rm", "-f", "busy")
    assert k3c.ok("rmi", "-f", image) == f"Deleted: {image}"
    assert image not in content(k3c)
    assert "no such image" in k3c.fails("start", "idle")


@pytest.mark.parametrize("target", ["BAD", "a@sha256:" + "0" * 64, "a:-x", "0" * 64, ""])
def test_tag_makes_all_names_or_none(k3c: K3c, target: str) -> None:
    k3c.fails("tag", "busybox", "half/made", target)
    assert k3c.ok("images", "-q", "half/made") == ""
    assert "no such image" in k3c.fails("tag", "none/such", "half/made")


def test_prune_takes_what_no_container_uses(k3c: K3c, tmp_path: Path) -> None:
    named = built(k3c, tmp_path, "prune/named")
    used = built(k3c, tmp_path, "prune/used")
    k3c.ok("create", "--name", "stopped", "prune/used", "true")
    nameless = built(k3c, tmp_path, "prune/moving", "ENV N=1")
    moving = built(k3c, tmp_path, "prune/moving", "ENV N=2")
    ours = ("--filter", "label=of=prune/moving")
    assert nameless in k3c.ok("image", "prune", "--dry-run", *ours)
    assert "--force" in k3c.fails("image", "prune")
    assert nameless not in k3c.ok("image", "prune", "-f", "--filter", "label!=of")
    assert nameless not in k3c.ok("image", "prune", "-f", "--filter", "until=10h", *ours)
    heading, deleted, _, total = k3c.ok("image", "prune", "-f", *ours).splitlines()
    assert (heading, deleted) == ("Deleted Images:", f"deleted: {nameless}")
    assert total.startswith("Total reclaimed space: ")
    assert not total.endswith(" 0B")
    for name in ("named", "used"):
        k3c.ok("image", "prune", "-a", "-f", "--filter", f"label=of=prune/{name}")
    left = content(k3c)
    assert {used, moving} <= left
    assert not {named, nameless} & left
    assert k3c("start", "-a", "stopped").returncode == 0


def test_prune_leaves_what_a_kubelet_pulled(k3c: K3c, registry: str, tmp_path: Path) -> None:
    name = f"{registry}/prune/kubelet:1"
    image = built(k3c, tmp_path, name)
    k3c.ok("push", "-q", name)
    k3c.ok("rmi", name)
    subprocess.run(k3c.crictl_command("pull", name), capture_output=True, check=True)
    assert image not in k3c.ok("image", "prune", "-a", "-f", "--filter", f"label=of={name}")
    assert image in content(k3c)
