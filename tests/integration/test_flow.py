"""The classic flow, on a real registry: build, push, pull, run, look, stop, remove."""

from __future__ import annotations

from pathlib import Path

from tests.integration.daemon import K3c


def _context(folder: Path) -> str:
    (folder / "Dockerfile").write_text(
        'FROM busybox\nCOPY code /code\nCMD ["sh", "-c", "echo out; echo err >&2; exit $(cat /code)"]\n'
    )
    (folder / "code").write_text("7\n")
    return str(folder)


def test_build_push_pull_run_stop_remove(k3c: K3c, registry: str, tmp_path: Path) -> None:
    name = f"{registry}/team/seven:1.0"

    k3c.ok("build", "-t", name, _context(tmp_path))
    assert k3c.ok("push", name).startswith("1.0: digest: sha256:")
    k3c.ok("rmi", name)
    assert k3c.ok("images", "-q", name) == ""
    pulled = k3c.ok("pull", name).splitlines()
    assert pulled[0].startswith("Digest: sha256:")
    assert pulled[1:] == [f"Status: Downloaded newer image for {name}", name]
    assert k3c.ok("pull", name).splitlines()[1] == f"Status: Image is up to date for {name}"

    attached = k3c("run", name)
    assert (attached.returncode, attached.stdout) == (7, "out\n")
    assert attached.stderr == "err\n"

    container = k3c.ok("run", "-d", "--name", "web", name, "sh", "-c", "echo up; exec sleep 1000")
    assert len(container) == 64
    listed = k3c.ok("ps").splitlines()
    assert listed[0].split("  ")[0] == "CONTAINER ID"
    assert [
        line for line in listed if line.startswith(container[:12]) and " Up " in line and line.endswith("web")
    ]
    assert k3c.ok("logs", "web") == "up"

    assert k3c.ok("stop", "-t", "1", "web") == "web"
    assert "Exited (137)" in k3c.ok("ps", "-a")
    assert k3c.ok("rm", "web") == "web"
    exited = k3c.ok("ps", "-aq").split()
    k3c.ok("rm", *exited)
    assert k3c.ok("ps", "-aq") == ""
    removed = k3c.ok("rmi", name)
    assert f"Untagged: {name}" in removed
    assert "Deleted: sha256:" in removed
    assert k3c.ok("images", "-q", name) == ""


def test_what_is_built_is_there_for_kubernetes_at_once(k3c: K3c, tmp_path: Path) -> None:
    k3c.ok("build", "-t", "kube/one", _context(tmp_path))
    image = k3c.ok("images", "-q", "--no-trunc", "kube/one")
    listed = k3c.crictl("images", "-o", "json")
    ours = [one for one in listed["images"] if one["id"] == image]
    assert ours[0]["repoTags"] == ["docker.io/kube/one:latest"]
    assert ours[0]["pinned"] is True


def test_run_pulls_what_is_missing(k3c: K3c, registry: str, tmp_path: Path) -> None:
    name = f"{registry}/team/missing:1"
    k3c.ok("build", "-t", name, _context(tmp_path))
    k3c.ok("push", "-q", name)
    k3c.ok("rmi", name)
    assert k3c("run", "--rm", "--pull", "never", name).returncode == 125
    done = k3c("run", "--rm", name)
    assert (done.returncode, done.stdout) == (7, "out\n")
    assert "pulling" in done.stderr
    assert k3c.ok("ps", "-aq") == ""
