"""The shared runtime of each worker of a test run: a daemon with its own root, state, bridge, range and ports.

Everything is taken away at the end, also what a failed test leaves; the daemons' logs are kept then (`kept_logs.py`).
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc
import pytest

from adapters.containerd.channel import open_channel
from adapters.cri.containers import CriContainerRuntime
from adapters.cri.sandboxes import CriSandboxRuntime
from domain.names import new_id
from tests.integration import kept_logs
from tests.integration.daemon import Daemon, K3c
from tests.integration.name_upstream import upstream
from tests.integration.registry import Registry, running_registry
from tests.unit.contracts.container_runtime_contract import Runtimes

ROOT = Path(__file__).resolve().parents[2]
# Whoever runs us in the background has SIGINT ignored, and what we start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Have the daemons' logs kept when a test fails."""
    config.pluginmanager.register(kept_logs, "kept_logs")


@pytest.fixture(scope="session")
def workspace() -> Iterator[Path]:
    """A folder with a short name, since sockets live in it."""
    folder = Path(tempfile.mkdtemp(prefix="k3c-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def daemon(workspace: Path) -> Iterator[Daemon]:
    """The one daemon of the test run, with its embedded containerd and buildkitd."""
    with upstream() as name_server:
        resolv_conf = workspace / "resolv.conf"
        resolv_conf.write_text(f"nameserver {name_server}\n")
        running = Daemon.make(workspace / "d", resolv_conf=resolv_conf)
        running.start()
        yield running
        running.stop()
        running.purge()


@pytest.fixture(scope="session")
def gateway(daemon: Daemon) -> str:
    """The host's address on the daemon's bridge."""
    return daemon.gateway


@pytest.fixture(scope="session")
def containerd_socket(daemon: Daemon) -> str:
    """Path of the embedded containerd's socket."""
    return str(daemon.state / "containerd.sock")


@pytest.fixture(scope="session")
def buildkitd_socket(daemon: Daemon) -> str:
    """Path of the embedded buildkitd's socket."""
    return str(daemon.state / "buildkitd.sock")


@pytest.fixture(scope="session")
def plain_registry(workspace: Path) -> Iterator[Registry]:
    """A registry on loopback that lets everybody in."""
    with running_registry(workspace / "registry") as registry:
        yield registry


@pytest.fixture(scope="session")
def registry(plain_registry: Registry) -> str:
    """`127.0.0.1:PORT` of a registry that lets everybody in."""
    return plain_registry.address


@pytest.fixture(scope="session")
def locked_registry(workspace: Path) -> Iterator[Registry]:
    """A registry on loopback that wants `tester` with `hunter2`."""
    with running_registry(workspace / "locked", user="tester", password="hunter2") as registry:
        yield registry


@pytest.fixture(scope="session")
def busybox_image(daemon: Daemon, workspace: Path) -> str:
    """Canonical reference of an image with busybox's commands."""
    build_busybox(K3c(daemon), workspace / "busybox")
    return "docker.io/library/busybox:latest"


def build_busybox(k3c: K3c, context: Path) -> None:
    """Build an image with busybox's commands, users and PATH."""
    context.mkdir()
    shutil.copy2("/bin/busybox", context / "busybox")
    (context / "Dockerfile").write_text(
        "FROM scratch\n"
        "COPY busybox /bin/busybox\n"
        'RUN ["/bin/busybox", "sh", "-c", "/bin/busybox mkdir -p /tmp /etc && /bin/busybox --install -s /bin"]\n'
        "RUN echo 'root:x:0:0:root:/:/bin/sh' > /etc/passwd && echo 'app:x:1000:1000:app:/:/bin/sh' >> /etc/passwd\n"
        'ENV PATH=/bin FROM_IMAGE=yes\nCMD ["sh"]\n'
    )
    k3c.ok("build", "-t", "busybox", str(context))


@pytest.fixture
async def channel(containerd_socket: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the embedded containerd."""
    async with open_channel(f"unix://{containerd_socket}") as channel:
        yield channel


@pytest.fixture
async def runtimes(channel: grpc.aio.Channel, busybox_image: str, tmp_path: Path) -> AsyncIterator[Runtimes]:
    """A k3c of its own on the shared runtime, whose pods are removed after the test."""
    instance = new_id()
    sandboxes = CriSandboxRuntime(channel, instance)
    yield Runtimes(sandboxes, CriContainerRuntime(channel, instance), busybox_image, "", tmp_path)
    for state in await sandboxes.list():
        await sandboxes.remove(state.id)


@pytest.fixture
def k3c(daemon: Daemon, busybox_image: str, request: pytest.FixtureRequest) -> Iterator[K3c]:
    """The CLI on the shared daemon; containers and volumes that a test leaves are removed after it."""
    cli = K3c(daemon)
    kept = cli.images()
    yield cli
    cli.remove_everything(but=kept)
