"""What the options of `build` do, on the real builder."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.daemon import K3c
from tests.integration.registry import Registry


@pytest.fixture
def context(tmp_path: Path) -> Path:
    context = tmp_path / "context"
    context.mkdir()
    return context


def write(context: Path, *lines: str) -> str:
    (context / "Dockerfile").write_text("\n".join(("FROM busybox AS one", *lines)) + "\n")
    return str(context)


def test_secrets_from_a_file_and_from_the_environment(k3c: K3c, context: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file")
    path = write(
        context,
        "RUN --mount=type=secret,id=a,required=true cp /run/secrets/a /a",
        "RUN --mount=type=secret,id=b,env=B,required=true echo -n $B > /b",
    )
    cli = replace(k3c, environment={"TOKEN": "from-env"})
    cli.ok(
        "build",
        "-q",
        "-t",
        "it",
        "--secret",
        f"id=a,src={tmp_path}/token",
        "--secret",
        "id=b,env=TOKEN",
        path,
    )
    assert k3c.ok("run", "--rm", "it", "cat", "/a", "/b") == "from-filefrom-env"
    assert (
        "secret b: not found"
        in k3c("build", "--no-cache", "--secret", f"id=a,src={tmp_path}/token", path).stderr
    )
    assert "no such file" in k3c.fails("build", "--secret", "id=a,src=/nowhere", path)
    (tmp_path / "large").write_bytes(bytes(512_001))
    assert (
        "larger than 500 KB"
        in k3c("build", "--no-cache", "--secret", f"id=a,src={tmp_path}/large", path).stderr
    )


def test_ssh_keys_come_as_an_agent_that_ends_with_the_build(k3c: K3c, context: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    path = write(context, 'RUN --mount=type=ssh,required=true test -S "$SSH_AUTH_SOCK" && echo yes > /there')
    before = agents()
    k3c.ok("build", "-q", "-t", "it", "--ssh", f"default={key}", path)
    assert k3c.ok("run", "--rm", "it", "cat", "/there") == "yes"
    assert agents() == before
    assert "is not set" in replace(k3c, environment={"SSH_AUTH_SOCK": ""}).fails(
        "build", "--ssh", "default", path
    )
    (tmp_path / "no-key").write_text("no key")
    assert "no-key" in k3c.fails("build", "--ssh", f"default={tmp_path}/no-key", path)
    assert agents() == before


def agents() -> set[str]:
    """Processes that are SSH agents of builds."""
    done = subprocess.run(
        ["pgrep", "-f", "ssh-agent -D -a /tmp/k3c-ssh-"], capture_output=True, text=True, check=False
    )
    return set(done.stdout.split())


def test_hosts_limits_and_the_network_of_steps(k3c: K3c, context: Path) -> None:
    path = write(
        context,
        "RUN grep db.test /etc/hosts > /hosts && ulimit -n > /files && df -k /dev/shm | tail -1 > /shm",
        "RUN ls /sys/class/net > /nets",
    )
    options = ("--add-host", "db.test:10.9.8.7", "--ulimit", "nofile=123:456", "--shm-size", "3m")
    k3c.ok("build", "-q", "-t", "it", *options, "--network", "none", path)
    assert k3c.ok("run", "--rm", "it", "cat", "/hosts").split() == ["10.9.8.7", "db.test"]
    assert k3c.ok("run", "--rm", "it", "cat", "/files", "/nets").split() == ["123", "lo"]
    assert k3c.ok("run", "--rm", "it", "cat", "/shm").split()[1] == "3072"
    k3c.ok("build", "-q", "-t", "it", "--add-host", "db.test:10.9.8.7", "--network", "host", path)
    assert set(k3c.ok("run", "--rm", "it", "cat", "/nets").split()) >= {"lo", k3c.daemon.bridge}
    assert "host-gateway" in k3c.fails("build", "--add-host", "a:host-gateway", path)
    assert "use one of default, none, host" in k3c.fails("build", "--network", "bridge", path)


def test_what_is_allowed_is_asked_for(k3c: K3c, context: Path) -> None:
    path = write(context, "RUN --security=insecure grep CapEff /proc/self/status > /caps")
    assert "security.insecure is not allowed" in k3c("build", path).stderr
    k3c.ok("build", "-q", "-t", "it", "--allow", "security.insecure", path)
    plain = k3c.ok("run", "--rm", "it", "grep", "CapEff", "/proc/self/status")
    assert int(k3c.ok("run", "--rm", "it", "cat", "/caps").split()[1], 16) > int(plain.split()[1], 16)


def test_annotations_and_provenance_are_in_the_archive(k3c: K3c, context: Path, tmp_path: Path) -> None:
    (context / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    flags = (
        "--annotation",
        "org.example.a=b",
        "--annotation",
        "index:org.example.c=d",
        "--provenance",
        "true",
    )
    k3c.ok("build", "-q", *flags, "-o", f"type=oci,dest={tmp_path}/o.tar", str(context))
    with tarfile.open(tmp_path / "o.tar") as archive:

        def blob(digest: str) -> Any:
            file = archive.extractfile(f"blobs/{digest.replace(':', '/')}")
            assert file is not None
            return json.load(file)

        layout = archive.extractfile("index.json")
        assert layout is not None
        index = blob(json.load(layout)["manifests"][0]["digest"])
        image, provenance = (blob(manifest["digest"]) for manifest in index["manifests"])
    assert index["annotations"]["org.example.c"] == "d"
    assert image["annotations"]["org.example.a"] == "b"
    (statement,) = provenance["layers"]
    assert statement["mediaType"] == "application/vnd.in-toto+json"
    assert statement["annotations"]["in-toto.io/predicate-type"].startswith("https://slsa.dev/provenance/")


def test_a_cache_of_files_is_refused(k3c: K3c, context: Path) -> None:
    path = write(context)
    for flag in ("--cache-to", "--cache-from"):
        assert "use one of type=registry, type=inline" in k3c.fails(
            "build", flag, "type=local,dest=out", path
        )


def test_stages_without_the_cache(k3c: K3c, context: Path) -> None:
    path = write(
        context,
        "RUN cat /proc/sys/kernel/random/uuid > /1",
        "FROM busybox AS two",
        "COPY --from=one /1 /1",
        "RUN cat /proc/sys/kernel/random/uuid > /2",
    )

    def built(*options: str) -> list[str]:
        k3c.ok("build", "-q", "-t", "it", *options, path)
        return k3c.ok("run", "--rm", "it", "cat", "/1", "/2").split()

    first = built()
    assert built() == first
    second = built("--no-cache-filter", "two")
    assert (second[0], second[1] == first[1]) == (first[0], False)
    assert "conflicts" in k3c.fails("build", "--no-cache", "--no-cache-filter", "two", path)


def test_several_outputs_at_once(k3c: K3c, context: Path, tmp_path: Path) -> None:
    (context / "Dockerfile").write_text("FROM scratch\nCOPY --chmod=640 a /d/a\nCOPY a /b\n")
    (context / "a").write_text("content")
    (context / "a").chmod(0o4755)
    images = k3c.images()
    done = k3c.ok(
        "build",
        "-t",
        "it",
        "-o",
        f"{tmp_path}/out",
        "-o",
        f"type=oci,dest={tmp_path}/o.tar",
        "-o",
        f"type=docker,dest={tmp_path}/d.tar",
        "-o",
        f"type=tar,dest={tmp_path}/t.tar",
        "--metadata-file",
        f"{tmp_path}/meta",
        str(context),
    )
    assert done == ""
    assert (tmp_path / "out/d/a").read_text() == "content"
    assert (tmp_path / "out/d/a").stat().st_mode & 0o7777 == 0o640
    assert (tmp_path / "out/b").stat().st_mode & 0o7777 == 0o4755
    with tarfile.open(tmp_path / "t.tar") as archive:
        assert {"d/a", "b"} <= set(archive.getnames())
    with tarfile.open(tmp_path / "o.tar") as archive:
        assert "index.json" in archive.getnames()
    with tarfile.open(tmp_path / "d.tar") as archive:
        assert "manifest.json" in archive.getnames()
    assert "containerimage.digest" in json.loads((tmp_path / "meta").read_text())
    assert k3c.images() == images


def test_a_tar_archive_on_stdout(k3c: K3c, context: Path) -> None:
    (context / "Dockerfile").write_text("FROM scratch\nCOPY a /a\n")
    (context / "a").write_bytes(os.urandom(3 << 20))
    done = subprocess.run(
        [k3c.program, "build", "-o", "-", str(context)], capture_output=True, env=k3c.env, check=True
    )
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        member = archive.extractfile("a")
        assert member is not None
        assert member.read() == (context / "a").read_bytes()
    assert "only one output" in k3c.fails("build", "-o", "-", "-o", "type=oci", str(context))


def test_an_output_that_cannot_be_written(k3c: K3c, context: Path, tmp_path: Path) -> None:
    path = write(context)
    (tmp_path / "file").touch()
    assert f"{tmp_path}/file" in k3c("build", "-o", f"{tmp_path}/file/x", path).stderr.splitlines()[-1]
    line = k3c("build", "-o", f"type=tar,dest={tmp_path}/none/x.tar", path).stderr.splitlines()[-1]
    assert (
        line
        == f"k3c: build failed: cannot write '{tmp_path}/none/x.tar' of the output: No such file or directory"
    )
    assert "/dev/full" in k3c("build", "-o", "type=tar,dest=/dev/full", path).stderr.splitlines()[-1]


def test_pushing_caches_and_platforms(
    k3c: K3c, context: Path, plain_registry: Registry, tmp_path: Path
) -> None:
    (context / "Dockerfile").write_text("FROM scratch\nCOPY a /a\n")
    (context / "a").write_text("a")
    name = f"{plain_registry.address}/pushed"
    cache = f"type=registry,ref={plain_registry.address}/cached"
    k3c.ok(
        "build", "-q", "-t", f"{name}:1", "--push", "--cache-to", cache, "--cache-from", cache, str(context)
    )
    assert plain_registry.tags("pushed") == ["1"]
    assert plain_registry.tags("cached") == ["latest"]
    images = k3c.images()
    k3c.ok(
        "build",
        "-t",
        f"{name}:2",
        "-o",
        "type=registry",
        "--annotation",
        "a=b",
        "--provenance",
        "mode=max",
        "--platform",
        "linux/amd64,linux/arm64",
        "--metadata-file",
        f"{tmp_path}/m",
        str(context),
    )
    assert sorted(plain_registry.tags("pushed")) == ["1", "2"]
    assert k3c.images() == images
    metadata = json.loads((tmp_path / "m").read_text())
    assert metadata["containerimage.descriptor"]["mediaType"] == "application/vnd.oci.image.index.v1+json"
    k3c.ok(
        "build", "-q", "-t", "several", "--platform", "linux/amd64", "--platform", "linux/arm64", str(context)
    )
    assert k3c.ok("images", "-q", "several") != ""


def test_the_cache_has_a_limit(k3c: K3c) -> None:
    buildctl = Path(k3c.program).parent.parent / "libexec/k3c/buildctl"
    command = [
        str(buildctl),
        "--addr",
        f"unix://{k3c.daemon.state}/buildkitd.sock",
        "debug",
        "workers",
        "--format",
    ]
    said = subprocess.run([*command, "{{json .}}"], capture_output=True, text=True, check=True).stdout
    limits = {policy["maxUsedSpace"] for worker in json.loads(said) for policy in worker["gcPolicy"]}
    disk = shutil.disk_usage(k3c.daemon.root).total
    assert max(limits) == max(disk // 10, 5 * 10**9)
