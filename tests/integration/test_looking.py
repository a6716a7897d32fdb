"""ps, images, inspect, port, top, stats, diff and cp."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.integration.daemon import Daemon, K3c, free_port, until


def names(k3c: K3c, *flags: str) -> list[str]:
    return k3c.ok("ps", "--format", "{{.Names}}", *flags).split()


def test_ps_filters(k3c: K3c) -> None:
    port = free_port()
    k3c.ok(
        "run",
        "-d",
        "--name",
        "web",
        "-l",
        "tier=front",
        "-p",
        f"{port}:80",
        "-v",
        "data:/data",
        "busybox",
        "sleep",
        "1000",
    )
    k3c.ok("run", "-d", "--name", "db", "-l", "tier=back", "busybox", "sleep", "1000")
    k3c("run", "--name", "done", "busybox", "sh", "-c", "exit 3")
    for flags, found in (
        ((), ["db", "web"]),
        (("-a",), ["done", "db", "web"]),
        (("-f", "name=w"), ["web"]),
        (("-f", "name=^/web$"), ["web"]),
        (("-f", "name=^web$"), ["web"]),
        (("-f", "name=/eb"), []),
        (("-f", "label=tier=back"), ["db"]),
        (("-f", "label=tier", "-f", "name=d"), ["db"]),
        (("-f", "status=exited"), ["done"]),
        (("-f", "exited=3"), ["done"]),
        (("-f", "publish=80"), ["web"]),
        (("-f", "volume=data"), ["web"]),
        (("-f", "ancestor=busybox"), ["db", "web"]),
        (("-f", "since=web"), ["db"]),
        (("-af", "before=done"), ["db", "web"]),
        (("-f", "health=none", "-f", "name=web", "-f", "name=db"), ["db", "web"]),
        (("-l",), ["done"]),
        (("-n", "2"), ["done", "db"]),
    ):
        assert names(k3c, *flags) == found, flags
    assert "use one of" in k3c.fails("ps", "-f", "colour=red")
    assert "KEY=VALUE" in k3c.fails("ps", "-f", "web")
    assert "no such container" in k3c.fails("ps", "-f", "since=absent")


def test_ps_formats(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "web", "-l", "a=b", "busybox", "sleep", "1000")
    row = json.loads(k3c.ok("ps", "--format", "json"))
    assert (row["Names"], row["State"], row["Labels"]) == ("web", "running", "a=b")
    assert yaml.safe_load(k3c.ok("ps", "--format", "yaml"))[0]["Image"] == "busybox"
    assert k3c.ok("ps", "--format", 'table {{.Names}}\\t{{.Label "a"}}').split() == [
        "NAMES",
        "a",
        "web",
        "b",
    ]
    k3c.ok("exec", "web", "dd", "if=/dev/zero", "of=/large", "bs=1M", "count=3")
    assert float(k3c.ok("ps", "-s", "--format", "{{.Size}}").removesuffix("MB")) > 3
    assert "lacks its }}" in k3c.fails("ps", "--format", "{{.Names")


def test_images_formats_and_filters(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nLABEL tier=front\nCOPY . /\n")
    k3c.ok("build", "-q", "-t", "look/one:v1", str(tmp_path))
    k3c.ok("tag", "look/one:v1", "look/one:v2", "look/two:v1")
    (tmp_path / "Dockerfile").write_text("FROM busybox\nLABEL tier=nameless\nCOPY . /\n")
    k3c.ok("build", "--progress", "quiet", str(tmp_path))

    def named(*flags: str) -> set[str]:
        return set(k3c.ok("images", "--format", "{{.Repository}}:{{.Tag}}", *flags).split())

    ours = {"look/one:v1", "look/one:v2", "look/two:v1"}
    for flags, found in (
        (("-f", "reference=look/*"), ours),
        (("--filter", "reference=look/one"), ours - {"look/two:v1"}),
        (("-f", "reference=*/*:v2"), {"look/one:v2"}),
        (("-f", "label=tier=front"), ours),
        (("-f", "label=tier", "-f", "since=look/one:v1"), {"<none>:<none>"}),
        (("-f", "label=tier", "-f", "dangling=true"), {"<none>:<none>"}),
        (("-f", "label=tier", "-f", "dangling=false"), ours),
        (("look/one", "-f", "reference=*/*:v1"), {"look/one:v1"}),
    ):
        assert named(*flags) == found, flags
    assert "busybox:latest" in named("-f", "before=look/one:v1")
    assert not ours & named("-f", "before=look/one:v1")
    assert "use one of" in k3c.fails("images", "-f", "colour=red")
    assert "true or false" in k3c.fails("images", "-f", "dangling=maybe")
    assert "no such image" in k3c.fails("images", "-f", "since=absent")
    row = json.loads(k3c.ok("images", "--no-trunc", "--format", "json", "look/two"))
    assert set(row) == {"ID", "Repository", "Tag", "Digest", "CreatedSince", "CreatedAt", "Size"}
    image_id = k3c.ok("images", "-q", "--no-trunc", "-f", "reference=look/two")
    assert (row["ID"], row["Tag"]) == (image_id, "v1")
    assert k3c.ok("images", "-q", "look/two") == image_id.removeprefix("sha256:")[:12]
    headings, line = k3c.ok("images", "--digests", "look/two").splitlines()
    assert headings.split()[:5] == ["REPOSITORY", "TAG", "DIGEST", "IMAGE", "ID"]
    assert line.split()[:4] == ["look/two", "v1", row["Digest"], row["ID"].removeprefix("sha256:")[:12]]
    assert k3c.ok("images", "--format", "table {{.ID}}\\t{{.Size}}", "look/two").split()[:3] == [
        "IMAGE",
        "ID",
        "SIZE",
    ]
    dangling = k3c.ok("images", "-q", "-f", "dangling=true", "-f", "label=tier=nameless").split()
    k3c.ok("rmi", *dangling, "look/one:v1", "look/one:v2", "look/two:v1")


def test_inspect(k3c: K3c) -> None:
    port = free_port()
    k3c.ok(
        "run",
        "-d",
        "--name",
        "web",
        "-e",
        "A=1",
        "-p",
        f"{port}:80",
        "-v",
        "data:/data:ro",
        "--restart",
        "on-failure:2",
        "busybox",
        "sleep",
        "1000",
    )
    (shape,) = json.loads(k3c.ok("inspect", "web"))
    assert shape["Name"] == "/web"
    assert (shape["State"]["Status"], shape["State"]["Running"]) == ("running", True)
    assert Path(f"/proc/{shape['State']['Pid']}/cmdline").read_bytes() == b"sleep\0" + b"1000\0"
    assert shape["NetworkSettings"]["IPAddress"] == k3c.address_of("web")
    link = k3c.ok("exec", "web", "ip", "addr", "show", "eth0")
    assert f"link/ether {shape['NetworkSettings']['MacAddress']} " in link
    assert f"inet {k3c.address_of('web')}/{shape['NetworkSettings']['IPPrefixLen']} " in link
    assert shape["NetworkSettings"]["Ports"] == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]}
    assert "A=1" in shape["Config"]["Env"]
    assert shape["Mounts"][0]["Name"] == "data"
    assert Path(shape["Mounts"][0]["Source"]).is_dir()
    assert shape["HostConfig"]["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 2}
    assert shape["K3c"]["Attempt"] == 1
    assert (
        k3c.ok("inspect", "-f", "{{.State.Status}} {{json .Config.Cmd}}", "web") == 'running ["sleep","1000"]'
    )
    assert k3c.ok("inspect", "-f", "{{.Architecture}}", "busybox") == "amd64"
    assert k3c.ok("inspect", "--type", "volume", "-f", "{{index .UsedBy 0}}", "data") == "web"
    done = k3c("inspect", "absent")
    assert (done.returncode, done.stdout.strip()) == (1, "[]")
    assert done.stderr == "k3c: no such container, image or volume: absent\n"
    k3c.ok("stop", "-t", "0", "web")
    (shape,) = json.loads(k3c.ok("inspect", "-s", "web"))
    assert (shape["State"]["ExitCode"], shape["State"]["Pid"]) == (137, 0)


def test_the_run_line_makes_the_same_container(k3c: K3c) -> None:
    flags = shlex.split(
        "-e A='b c' -l l=1 -v data:/data:ro --tmpfs /t:size=1m -w /tmp -u app -h other --restart on-failure:3"
        " --cap-add NET_ADMIN --cap-drop CHOWN --ulimit nofile=10:20 --dns 192.0.2.1 --add-host x:192.0.2.2"
        " --sysctl net.ipv4.ip_unprivileged_port_start=1 -m 64m --cpus 1.5 --shm-size 1m --init -i --read-only"
        " --security-opt no-new-privileges --health-cmd 'true it is' --health-interval 5s --stop-signal USR1"
    )
    k3c.ok("create", "--name", "first", *flags, "busybox", "sh", "-c", "echo 'a b'; exit 3")
    line = shlex.split(k3c.ok("inspect", "--format", "run", "first"))
    assert line[:4] == ["k3c", "run", "--name", "first"]
    k3c.ok("create", "--name", "second", *line[4:])
    shapes = json.loads(k3c.ok("inspect", "first", "second"))
    for key in ("HostConfig", "Config", "Path", "Args"):
        first, second = (dict(shape[key]) if isinstance(shape[key], dict) else shape[key] for shape in shapes)
        assert first == second


def test_port(k3c: K3c) -> None:
    port = free_port()
    k3c.ok("run", "-d", "--name", "web", "-p", f"{port}:80", "busybox", "sleep", "1000")
    assert k3c.ok("port", "web") == f"80/tcp -> 127.0.0.1:{port}"
    assert k3c.ok("port", "web", "80") == f"127.0.0.1:{port}"
    assert "81" in k3c.fails("port", "web", "81")
    assert "use PORT" in k3c.fails("port", "web", "http")


def test_top(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "busy", "busybox", "sh", "-c", "sleep 777 & sleep 778")
    until(lambda: len(k3c.ok("top", "busy").splitlines()) == 3)
    assert "sleep 777" in k3c.ok("top", "busy")
    assert k3c.ok("top", "busy", "-eo", "pid,comm").splitlines()[0].split() == ["PID", "COMMAND"]
    assert "PID" in k3c.fails("top", "busy", "-eo", "comm")
    k3c.ok("kill", "busy")
    until(lambda: "not running" in k3c("top", "busy").stderr)


def test_stats(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "busy", "-m", "64m", "busybox", "sh", "-c", "while :; do :; done")
    k3c.ok("create", "--name", "idle", "busybox", "true")
    row = json.loads(k3c.ok("stats", "--no-stream", "--format", "json"))
    assert row["Name"] == "busy"
    assert float(row["CPUPerc"].rstrip("%")) > 5
    assert row["MemUsage"].endswith("/ 64MiB")
    assert int(row["PIDs"]) == 1
    assert [line.split()[1] for line in k3c.ok("stats", "-a", "--no-stream").splitlines()[1:]] == [
        "idle",
        "busy",
    ]
    assert "no such container" in k3c.fails("stats", "--no-stream", "absent")
    watching = k3c.start("stats", "busy")
    assert watching.stdout is not None
    looks = [watching.stdout.readline().split()[0] for _ in range(4)]
    assert looks[0::2] == [b"CONTAINER", b"CONTAINER"]
    watching.terminate()
    watching.communicate(timeout=20)


def test_diff(k3c: K3c) -> None:
    k3c("run", "--name", "changed", "busybox", "sh", "-c", "echo x > /new; rm /etc/passwd; mkdir /tmp/folder")
    changes = k3c.ok("diff", "changed").splitlines()
    assert changes == ["C /etc", "D /etc/passwd", "A /new", "C /tmp", "A /tmp/folder"]
    k3c.ok("run", "--name", "mounting", "-v", "vol:/new/vol", "--tmpfs", "/etc/tmpfs", "busybox", "true")
    assert k3c.ok("diff", "mounting") == ""
    k3c("run", "--name", "modes", "busybox", "sh", "-c", "chmod 700 /etc; : > /etc/empty")
    assert k3c.ok("diff", "modes").splitlines() == ["C /etc", "A /etc/empty"]
    k3c("run", "--name", "mode", "busybox", "chmod", "700", "/etc")
    assert k3c.ok("diff", "mode") == "C /etc"
    k3c.ok("create", "--name", "fresh", "busybox", "true")
    assert k3c.ok("diff", "fresh") == ""


@pytest.fixture(params=["running", "stopped"])
def box(k3c: K3c, request: pytest.FixtureRequest) -> str:
    """A container with some files."""
    script = (
        "mkdir -p /d/sub; echo one > /d/file; echo two > /d/sub/file; ln -s /etc/hostname /d/link; ln -s / /d/up;"
        " sleep 1000"
    )
    k3c.ok("run", "-d", "--name", "box", "busybox", "sh", "-c", script)
    until(lambda: k3c("exec", "box", "test", "-L", "/d/up").returncode == 0)
    if request.param == "stopped":
        k3c.ok("stop", "-t", "0", "box")
    return "box"


def test_copying_out(k3c: K3c, box: str, tmp_path: Path) -> None:
    k3c.ok("cp", f"{box}:/d/file", str(tmp_path / "renamed"))
    assert (tmp_path / "renamed").read_text() == "one\n"
    k3c.ok("cp", f"{box}:/d", str(tmp_path))
    assert (tmp_path / "d/sub/file").read_text() == "two\n"
    assert (tmp_path / "d/link").is_symlink()
    k3c.ok("cp", f"{box}:/d", str(tmp_path / "other"))
    assert (tmp_path / "other/file").read_text() == "one\n"
    (tmp_path / "inside").mkdir()
    k3c.ok("cp", f"{box}:/d/.", str(tmp_path / "inside"))
    assert (tmp_path / "inside/file").read_text() == "one\n"
    tar = subprocess.run(
        [k3c.program, "cp", f"{box}:/d/sub", "-"], env=k3c.env, capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        assert archive.getnames() == ["sub", "sub/file"]
    assert "/absent" in k3c.fails("cp", f"{box}:/absent", str(tmp_path))
    assert "no such container" in k3c.fails("cp", "absent:/x", str(tmp_path))
    assert "CONTAINER:PATH" in k3c.fails("cp", "/x", "/y")


def test_copying_out_of_a_container_that_was_never_started(k3c: K3c, tmp_path: Path) -> None:
    k3c.ok("create", "--name", "fresh", "busybox", "true")
    k3c.ok("cp", "fresh:/etc/passwd", str(tmp_path))
    assert (tmp_path / "passwd").read_text().startswith("root:")
    tar = subprocess.run([k3c.program, "cp", "fresh:/etc", "-"], env=k3c.env, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(tar.stdout)) as archive:
        assert "etc/passwd" in archive.getnames()
    assert "/absent" in k3c.fails("cp", "fresh:/absent", str(tmp_path))
    k3c.ok("rm", "fresh")


def test_copying_into_a_container_that_was_never_started(k3c: K3c, tmp_path: Path) -> None:
    """As with docker; and since every start of k3c's begins with a fresh root, it is in each."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/one").write_text("told before")
    script = "cat /etc/conf/one; id -u app; echo gone > /etc/conf/one; cat /etc/hostname"
    k3c.ok("create", "--name", "fresh", "busybox", "sh", "-c", script)
    k3c.ok("cp", str(tmp_path / "conf"), "fresh:/etc")
    (tmp_path / "passwd").write_text("app:x:4711:4711:app:/:/bin/sh\n")
    k3c.ok("cp", str(tmp_path / "passwd"), "fresh:/etc/passwd")
    k3c.ok("cp", "fresh:/etc/conf/one", str(tmp_path / "back"))
    assert (tmp_path / "back").read_text() == "told before"
    assert k3c.ok("diff", "fresh").splitlines() == [
        "C /etc",
        "A /etc/conf",
        "A /etc/conf/one",
        "C /etc/passwd",
    ]
    assert k3c.ok("start", "-a", "fresh") == "told before4711\nfresh"
    assert k3c.ok("start", "-a", "fresh") == "told before4711\nfresh"
    assert k3c.ok("run", "--rm", "busybox", "id", "-u", "app") == "1000"
    k3c.ok("rm", "fresh")
    assert list((k3c.daemon.root / "seeds").iterdir()) == []


def test_copying_into_what_a_container_mounts_before_its_first_start(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "conf").write_text("told before")
    k3c.ok("create", "--name", "fresh", "-v", "vol:/data", "busybox", "cat", "/data/conf")
    k3c.ok("cp", str(tmp_path / "conf"), "fresh:/data/")
    assert k3c.ok("start", "-a", "fresh") == "told before"


def test_copying_out_is_a_single_call(k3c: K3c, daemon: Daemon, tmp_path: Path) -> None:
    k3c.ok("run", "--name", "done", "busybox", "true")
    seen = len(daemon.log.read_text())
    k3c.ok("cp", "done:/etc/passwd", str(tmp_path))
    calls = [line for line in daemon.log.read_text()[seen:].splitlines() if " called " in line]
    assert [line.partition("method=")[2].split()[0] for line in calls] == ["ContainerService/CopyFrom"]


def test_copying_of_what_is_mounted_in_a_stopped_container(k3c: K3c, tmp_path: Path) -> None:
    for name in ("bound", "got"):
        (tmp_path / name).mkdir()
    (tmp_path / "bound/conf").write_text("of the host")
    (tmp_path / "new").write_text("y")
    mounts = ("-v", "vol:/data", "-v", f"{tmp_path}/bound:/etc/bound:ro", "--tmpfs", "/scratch")
    k3c.ok("run", "--name", "done", *mounts, "busybox", "sh", "-c", "echo x >/data/f; ln -s / /data/up")
    k3c.ok("cp", "done:/data/f", str(tmp_path / "got"))
    assert (tmp_path / "got/f").read_text() == "x\n"
    tar = subprocess.run([k3c.program, "cp", "done:/data", "-"], env=k3c.env, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(tar.stdout)) as archive:
        assert sorted(archive.getnames()) == ["data", "data/f", "data/up"]
    k3c.ok("cp", "done:/data", str(tmp_path / "got"))
    assert (tmp_path / "got/data/f").read_text() == "x\n"
    k3c.ok("cp", "done:/etc/bound/.", str(tmp_path / "got"))
    assert (tmp_path / "got/conf").read_text() == "of the host"
    k3c.ok("cp", str(tmp_path / "new"), "done:/data/g")
    k3c.ok("cp", str(tmp_path / "bound"), "done:/data")
    seen = k3c.ok("run", "--rm", "-v", "vol:/d", "busybox", "cat", "/d/g", "/d/bound/conf")
    assert seen == "yof the host"
    assert "read-only" in k3c.fails("cp", str(tmp_path / "new"), "done:/etc/bound/g")
    assert sorted(path.name for path in (tmp_path / "bound").iterdir()) == ["conf"]
    assert "/data/up" in k3c.fails("cp", f"done:/data/up{tmp_path}/new", str(tmp_path / "got"))


def test_copying_in(k3c: K3c, box: str, tmp_path: Path) -> None:
    (tmp_path / "tree/deep").mkdir(parents=True)
    (tmp_path / "tree/deep/file").write_text("in")
    (tmp_path / "tree/deep/file").chmod(0o640)
    k3c.ok("cp", str(tmp_path / "tree"), f"{box}:/d")
    k3c.ok("cp", str(tmp_path / "tree"), f"{box}:/made")
    k3c.ok("cp", f"{tmp_path / 'tree'}/.", f"{box}:/d/sub")
    k3c.ok("cp", str(tmp_path / "tree/deep/file"), f"{box}:/d/file")
    for place in ("/d/tree/deep/file", "/made/deep/file", "/d/sub/deep/file", "/d/file"):
        k3c.ok("cp", f"{box}:{place}", str(tmp_path / "back"))
        assert ((tmp_path / "back").read_text(), (tmp_path / "back").stat().st_mode & 0o777) == ("in", 0o640)
    assert "cannot replace" in k3c.fails("cp", str(tmp_path / "tree"), f"{box}:/d/file")
    assert "/absent" in k3c.fails("cp", str(tmp_path / "back"), f"{box}:/absent/file")
    assert "tar archive" in k3c.fails("cp", "-", f"{box}:/d")


def test_no_link_leads_out_of_the_container(k3c: K3c, box: str, tmp_path: Path) -> None:
    """Links in the container and in the archive that would lead to this machine's files."""
    secret = tmp_path / "secret"
    secret.write_text("of this machine")
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        link = tarfile.TarInfo("bridge")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
        archive.addfile(link)
        for name in ("bridge/planted", "../../../../planted", "up/tmp/planted"):
            file = tarfile.TarInfo(name)
            file.size = 1
            archive.addfile(file, io.BytesIO(b"x"))
    done = k3c("cp", "-", f"{box}:/d", stdin=stream.getvalue())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret"]
    assert not Path("/planted").exists()
    assert not Path("/tmp/planted").exists()
    assert done.returncode in {0, 1}
    assert str(secret) in k3c.fails("cp", f"{box}:/d/up{secret}", str(tmp_path / "out"))
    assert str(secret) in k3c.fails("cp", f"{box}:/d/bridge/{secret.name}", str(tmp_path / "out")).replace(
        "/d/bridge", str(tmp_path)
    )


def test_a_link_is_copied_or_followed(k3c: K3c, box: str, tmp_path: Path) -> None:
    k3c.ok("cp", f"{box}:/d/link", str(tmp_path / "link"))
    assert (tmp_path / "link").readlink() == Path("/etc/hostname")
    k3c.ok("cp", "-L", f"{box}:/d/link", str(tmp_path / "followed"))
    assert not (tmp_path / "followed").is_symlink()
