"""Volumes: who uses them, and what can be done with them."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

from tests.integration.daemon import K3c


def write(k3c: K3c, volume: str, script: str) -> None:
    k3c.ok("run", "--rm", "-v", f"{volume}:/data", "busybox", "sh", "-c", script)


def read(k3c: K3c, volume: str, script: str = "cat /data/file") -> str:
    return k3c.ok("run", "--rm", "-v", f"{volume}:/data", "busybox", "sh", "-c", script)


def test_inspect_and_list(k3c: K3c) -> None:
    k3c.ok("volume", "create", "data", "--label", "a=b")
    k3c.ok("volume", "create", "spare")
    k3c.ok("create", "--name", "user", "-v", "data:/data", "busybox", "true")
    (shape,) = json.loads(k3c.ok("volume", "inspect", "data"))
    assert (shape["Name"], shape["Labels"], shape["UsedBy"]) == ("data", {"a": "b"}, ["user"])
    assert Path(shape["Mountpoint"]).is_dir()
    assert k3c.ok("volume", "inspect", "-f", "{{.Driver}}", "data") == "local"
    assert k3c.ok("volume", "ls", "-q", "-f", "dangling=true") == "spare"
    assert k3c.ok("volume", "ls", "-q", "-f", "label=a=b") == "data"
    assert k3c.ok("volume", "ls", "--format", "{{.Name}}: {{.Labels}}", "-f", "name=dat") == "data: a=b"
    done = k3c("volume", "inspect", "absent", "spare")
    assert (done.returncode, done.stderr) == (1, "k3c: no such volume: absent\n")
    assert json.loads(done.stdout)[0]["Name"] == "spare"
    assert "'user'" in k3c.fails("volume", "rm", "data")
    assert "use one of" in k3c.fails("volume", "ls", "-f", "size=3")
    assert k3c.fails("volume", "rm", "absent") == "k3c: no such volume: absent"
    assert k3c.ok("volume", "rm", "-f", "absent") == "absent"


def test_prune(k3c: K3c) -> None:
    k3c.ok("volume", "create", "named")
    anonymous = k3c.ok("volume", "create")
    k3c.ok("create", "--name", "user", "-v", "/kept", "busybox", "true")
    assert k3c.ok("volume", "prune", "--dry-run") == anonymous
    assert "--force" in k3c.fails("volume", "prune")
    assert k3c.ok("volume", "prune", "-f") == anonymous
    assert k3c.ok("volume", "prune", "--all", "--dry-run") == "named"
    assert k3c.ok("volume", "prune", "-a", "-f") == "named"
    assert len(k3c.ok("volume", "ls", "-q").splitlines()) == 1


def test_rename_while_it_is_used(k3c: K3c) -> None:
    write(k3c, "data", "echo kept > /data/file")
    k3c.ok("run", "-d", "--name", "user", "-v", "data:/data", "busybox", "sleep", "1000")
    k3c.ok("volume", "rename", "data", "fresh")
    assert k3c.ok("volume", "ls", "-q") == "fresh"
    assert k3c.ok("exec", "user", "cat", "/data/file") == "kept"
    k3c.ok("restart", "-t", "0", "user")
    assert k3c.ok("exec", "user", "cat", "/data/file") == "kept"
    assert "in use" in k3c.fails("volume", "rm", "fresh")
    k3c.ok("volume", "create", "taken")
    assert "'taken' is already in use by another volume" in k3c.fails("volume", "rename", "fresh", "taken")
    assert "no such volume" in k3c.fails("volume", "rename", "absent", "other")
    assert "name" in k3c.fails("volume", "rename", "fresh", "../up")


def test_clone(k3c: K3c) -> None:
    write(k3c, "data", "echo one > /data/file; chown -R app /data; chmod 750 /data; ln -s file /data/link")
    assert k3c.ok("volume", "clone", "data", "copy") == "copy"
    write(k3c, "data", "echo two > /data/file")
    assert read(k3c, "copy", "cat /data/link; stat -c '%u %a' /data").split() == ["one", "1000", "750"]
    assert "'copy' is already in use by another volume" in k3c.fails("volume", "clone", "data", "copy")
    assert "no such volume" in k3c.fails("volume", "clone", "absent", "other")


def test_export_and_import(k3c: K3c, tmp_path: Path) -> None:
    write(
        k3c, "data", "echo one > /data/file; mkdir /data/sub; chown app /data/sub; ln /data/file /data/hard"
    )
    archive = tmp_path / "data.tar"
    k3c.ok("volume", "export", "-o", str(archive), "data")
    assert k3c.ok("volume", "import", "back", str(archive), "--label", "from=tar") == "back"
    assert read(k3c, "back", "cat /data/hard; stat -c %u /data/sub").split() == ["one", "1000"]
    piped = subprocess.run(
        [k3c.program, "volume", "export", "data"], env=k3c.env, capture_output=True, check=True
    )
    k3c("volume", "import", "piped", stdin=piped.stdout)
    assert read(k3c, "piped") == "one"
    assert "in use" in k3c.fails("volume", "import", "back", str(archive))
    (tmp_path / "junk").write_bytes(b"no tar at all" * 1000)
    assert "tar archive" in k3c.fails("volume", "import", "broken", str(tmp_path / "junk"))
    assert "/absent" in k3c.fails("volume", "import", "broken", "/absent")
    assert "broken" not in k3c.ok("volume", "ls", "-q")
    assert "no such volume" in k3c.fails("volume", "export", "-o", str(tmp_path / "none"), "absent")
    assert not (tmp_path / "none").exists()


def test_an_archive_that_would_write_elsewhere(k3c: K3c, tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        link = tarfile.TarInfo("out")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
        archive.addfile(link)
        archive.addfile(tarfile.TarInfo("out/planted"))
    k3c("volume", "import", "evil", stdin=stream.getvalue())
    assert list(tmp_path.iterdir()) == []
