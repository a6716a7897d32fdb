"""What of a context arrives in an image, and the same contexts sent by buildctl."""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import socket
import stat
import sys
import tarfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import grpc.aio
import pytest

from adapters.buildkit.builder import BuildkitImageBuilder
from domain.build import BuildEvent, BuildLog, BuildRequest, BuildStatus, BuildStep
from domain.errors import BuildFailed, NotFound, Unauthenticated
from domain.image import Credentials, ImageReference
from tests.integration.registry import Registry
from tests.unit.contracts.image_builder_contract import Builds, result

BUILDCTL = Path(sys.prefix, "libexec", "k3c", "buildctl")
CTR = BUILDCTL.with_name("ctr")
TREES = 30


@pytest.fixture
async def builds(buildkitd_socket: str, tmp_path: Path) -> AsyncIterator[Builds]:
    async def names() -> set[str]:
        return set()

    async with grpc.aio.insecure_channel(f"unix://{buildkitd_socket}") as channel:
        yield Builds(BuildkitImageBuilder(channel), names, "", tmp_path)


def logged(events: list[BuildEvent]) -> list[str]:
    """Lines that steps wrote to stdout."""
    logs = (event.data for event in events if isinstance(event, BuildLog) and event.stream == 1)
    return b"".join(logs).decode().splitlines()


def transferred(events: list[BuildEvent]) -> int:
    """Bytes of the context that the daemon got."""
    (step,) = {e.digest for e in events if isinstance(e, BuildStep) and "load build context" in e.name}
    return max(e.current for e in events if isinstance(e, BuildStatus) and e.step == step)


async def test_links_modes_and_times_arrive(builds: Builds) -> None:
    request = builds.runnable(
        "COPY . /c",
        'RUN ["/busybox", "sh", "-c", "cd /c && /busybox stat -c \'%n %a %u %h %Y %N\' p s h1 h2"]',
    )
    context = request.context
    (context / "p").write_text("x")
    (context / "p").chmod(0o4751)
    os.utime(context / "p", (1_000_000_000, 1_000_000_000))
    (context / "s").symlink_to("/nowhere/at/all")
    (context / "h1").write_text("y" * 100)
    os.link(context / "h1", context / "h2")
    lines = logged(await builds.build(replace(request, no_cache=True)))
    assert lines[0].startswith("p 4751 0 1 1000000000")
    assert "'s' -> '/nowhere/at/all'" in lines[1]
    assert [line.split()[3] for line in lines[2:]] == ["2", "2"]


async def test_dockerignore_with_an_exception(builds: Builds) -> None:
    request = builds.runnable("COPY . /c", 'RUN ["/busybox", "find", "/c", "-type", "f"]')
    for path in ("a/keep", "a/drop", "b/x", "c.log"):
        (request.context / path).parent.mkdir(exist_ok=True)
        (request.context / path).write_text(path)
    (request.context / ".dockerignore").write_text("*\n!a/keep\n!busybox\n")
    assert sorted(logged(await builds.build(replace(request, no_cache=True)))) == ["/c/a/keep", "/c/busybox"]


async def test_an_unchanged_context_is_not_sent_again(builds: Builds) -> None:
    request = builds.context("COPY . /", a="x" * 100_000)
    assert transferred(await builds.build(request)) > 100_000
    assert transferred(await builds.build(request)) < 1_000
    (request.context / "b").write_text("y" * 50_000)
    assert 50_000 < transferred(await builds.build(request)) < 60_000


async def test_names_that_are_not_utf8(builds: Builds) -> None:
    request = builds.runnable(
        "COPY d /d", 'RUN ["/busybox", "sh", "-c", "cat /d/* 2>/dev/null || /busybox cat /d/*"]'
    )
    (request.context / "d").mkdir()
    Path(os.fsdecode(os.fsencode(request.context) + b"/d/caf\xe9")).write_text("inside\n")
    assert logged(await builds.build(replace(request, no_cache=True))) == ["inside"]


async def test_a_file_that_cannot_be_sent_is_named(builds: Builds) -> None:
    request = builds.context("COPY . /")
    big = request.context / "growing"
    big.write_bytes(bytes(64 << 20))

    async def grow() -> None:
        while True:
            with big.open("ab") as file:
                file.write(b"more")
            await asyncio.sleep(0.001)

    growing = asyncio.create_task(grow())
    try:
        with pytest.raises(BuildFailed, match="growing"):
            await builds.build(request)
    finally:
        growing.cancel()


def random_tree(root: Path, rng: random.Random) -> None:
    """Files, directories, links of both kinds, odd names and modes."""
    names = ["a", "b", "c.go", "d.txt", "é", "x y", "a.b", "[z]", ".hidden", "B"]
    folders, files = [root], list[Path]()
    for _ in range(rng.randint(5, 40)):
        path = rng.choice(folders) / rng.choice(names)
        kind = rng.choice(["file", "file", "file", "folder", "folder", "symlink", "hardlink"])
        if path.exists() or path.is_symlink():
            continue
        if kind == "folder":
            path.mkdir(mode=rng.choice([0o755, 0o700]))
            folders.append(path)
        elif kind == "symlink":
            path.symlink_to(rng.choice(["a", "../b", "/d.txt", "c.go", "missing"]))
        elif kind == "hardlink" and files:
            os.link(rng.choice(files), path)
        else:
            path.write_bytes(rng.randbytes(rng.choice([0, 1, 5000])))
            path.chmod(rng.choice([0o644, 0o755, 0o4755, 0o600]))
            files.append(path)


PATTERNS = "a b/ *.go **/*.go !a !**/c.go */b **/b a/** !a/b ? [a-c] *.txt !*.txt".split()
PATTERNS += ".hidden é * !B **/a/** \\[z\\] !x*".split()
SOURCES = [".", ".", ".", ".", ".", ".", "a", "*", "*", "*", "*.go", "a*", "[a-b]", "*/", "b/*", "a b /"]


def write_dockerfile(root: Path, rng: random.Random) -> None:
    sources = rng.choice(SOURCES)
    (root / "Dockerfile").write_text(f"FROM scratch\nCOPY {sources} /out/\n")
    if rng.random() < 0.7:
        chosen = rng.choices(PATTERNS, k=rng.randint(1, 5))
        (root / ".dockerignore").write_text("\n".join(chosen) + "\n")


async def output_of(*command: str) -> bytes | None:
    """What a program writes, None if it fails."""
    pipe, quiet = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=quiet)
    output, _ = await process.communicate()
    return None if process.returncode else output


async def by_buildctl(address: str, context: Path) -> str | None:
    """The image's manifest digest, None for a build that failed."""
    metadata = context.parent / f"{context.name}.json"
    command = [str(BUILDCTL), "--addr", f"unix://{address}", "build", "--frontend", "dockerfile.v0"]
    command += ["--local", f"context={context}", "--local", f"dockerfile={context}", "--no-cache"]
    command += ["--output", f"type=image,name=k3c.test/buildctl:{context.name}"]
    if await output_of(*command, "--metadata-file", str(metadata)) is None:
        return None
    digest: str = json.loads(metadata.read_text())["containerimage.digest"]
    return digest


async def by_us(builds: Builds, context: Path) -> str | None:
    """The same, built by k3c."""
    tag = ImageReference.parse(f"k3c.test/ours:{context.name}")
    request = BuildRequest(context, context / "Dockerfile", (tag,), no_cache=True)
    try:
        return result(await builds.build(request)).digest
    except BuildFailed:
        return None


async def files_of(containerd: str, manifest: str | None) -> dict[str, tuple[object, ...]] | None:
    """What an image's one layer holds. Directories' times are those of the COPY, so left out."""
    if manifest is None:
        return None
    content = (str(CTR), "--address", containerd, "--namespace", "k8s.io", "content", "get")
    layers = json.loads(await output_of(*content, manifest) or b"")["layers"]
    files: dict[str, tuple[object, ...]] = {}
    for layer in layers:
        blob = await output_of(*content, layer["digest"])
        with tarfile.open(fileobj=io.BytesIO(blob or b"")) as archive:
            for each in archive:
                body = archive.extractfile(each) if each.isreg() else None
                times = () if each.isdir() else (each.mtime,)
                what = (each.type, each.mode, each.uid, each.gid, each.linkname, body and body.read(), *times)
                files[each.name] = what
    return files


async def test_random_trees_give_what_buildctl_gives(
    builds: Builds, buildkitd_socket: str, containerd_socket: str
) -> None:
    made = 0
    for seed in range(TREES):
        rng = random.Random(seed)
        root = builds.folder / f"tree{seed}"
        root.mkdir()
        random_tree(root, rng)
        write_dockerfile(root, rng)
        ours = await files_of(containerd_socket, await by_us(builds, root))
        theirs = await files_of(containerd_socket, await by_buildctl(buildkitd_socket, root))
        assert ours == theirs, f"seed {seed}"
        made += bool(ours)
    assert made > TREES // 2


def odd_tree(root: Path) -> None:
    """A socket, a pipe, devices and an unreadable file that is ignored, beside plain files."""
    root.mkdir()
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /out/\n")
    (root / ".dockerignore").write_text("secret\n")
    (root / "plain").write_text("plain")
    (root / "secret").write_text("secret")
    (root / "secret").chmod(0)
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "sock"))
    os.link(root / "sock", root / "sock-again")
    os.mknod(root / "device", 0o600 | stat.S_IFCHR, os.makedev(1, 3))


async def test_sockets_pipes_and_devices_give_what_buildctl_gives(
    builds: Builds, buildkitd_socket: str, containerd_socket: str
) -> None:
    root = builds.folder / "odd"
    odd_tree(root)
    ours = await files_of(containerd_socket, await by_us(builds, root))
    theirs = await files_of(containerd_socket, await by_buildctl(buildkitd_socket, root))
    assert ours == theirs
    assert ours is not None
    assert {"out/plain", "out/sock", "out/pipe", "out/device"} <= ours.keys()
    assert "out/secret" not in ours


async def test_a_registry_that_wants_credentials(builds: Builds, locked_registry: Registry) -> None:
    image = f"{locked_registry.address}/absent:1"
    request = builds.context(f"FROM {image}")
    asked: list[str] = []

    async def credentials(host: str) -> Credentials | None:
        asked.append(host)
        return Credentials("tester", "hunter2")

    with pytest.raises(Unauthenticated) as refused:
        await builds.build(request)
    assert refused.value.registry == locked_registry.address
    with pytest.raises(NotFound):
        [event async for event in builds.builder.build(request, credentials)]
    assert set(asked) == {locked_registry.address}
