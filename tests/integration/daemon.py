"""A real daemon and the real CLI, for tests."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import grpc

from entrypoints.api.k3c.v1 import (
    container_pb2,
    container_pb2_grpc,
    image_pb2,
    image_pb2_grpc,
    volume_pb2,
    volume_pb2_grpc,
)

PROGRAM = str(Path(sys.prefix) / "bin" / "k3c")
CRICTL = str(Path(sys.prefix) / "libexec" / "k3c" / "crictl")
INIT = str(Path(sys.prefix) / "libexec" / "k3c" / "k3c-init")
# Another user, who may read the checkout wherever it is, and nothing else that is root's.
UNPRIVILEGED = (
    *("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"),
    *("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"),
)
_START_TIMEOUT = 60.0
_COMMAND_TIMEOUT = 120.0


def free_port() -> int:
    """A TCP port that was free a moment ago, below those that the kernel gives to connections by itself."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = 10_240 + secrets.randbelow(lowest - 10_240)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("0.0.0.0", port))
            return port


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Ask again and again until something holds, where there is nothing to be waited for."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def fetch(url: str, seconds: float = 20) -> str:
    """What a web server answers, once it listens: a container that has started may not have come so far."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode().strip())
        except OSError:
            assert time.monotonic() < deadline, url
            time.sleep(0.02)


@dataclass
class Daemon:
    """`k3c daemon` with a root, state, bridge, range and cgroup of its own."""

    folder: Path
    tag: str
    options: tuple[str, ...] = ()
    config_text: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    made: ClassVar[list[Daemon]] = []  # all of this test run, for their logs

    @classmethod
    def make(
        cls,
        folder: Path,
        *,
        options: tuple[str, ...] = (),
        config: str = "",
        resolv_conf: Path = Path("/etc/resolv.conf"),
    ) -> Daemon:
        """A daemon that is not started yet."""
        folder.mkdir(parents=True)
        made = cls(folder, secrets.token_hex(3), options)
        made.config_text = (
            f'root = "{made.root}"\nstate = "{made.state}"\naddress = "{made.address}"\n'
            f'[network]\nbridge_name = "k3t{made.tag}"\nbridge_cidr = "{_free_range(made.tag)}"\n'
            f'resolv_conf = "{resolv_conf}"\n'
            f'[logs]\nfolder = "{folder}/pods"\n[runtime]\ncgroup_parent = "/k3t{made.tag}"\n{config}'
        )
        made.config.write_text(made.config_text)
        cls.made.append(made)
        return made

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def state(self) -> Path:
        return self.folder / "run"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def socket(self) -> Path:
        return self.state / "k3c.sock"

    @property
    def address(self) -> str:
        return f"unix://{self.socket}"

    @property
    def bridge(self) -> str:
        return f"k3t{self.tag}"

    @property
    def gateway(self) -> str:
        return _free_range(self.tag).replace(".0/24", ".1")

    @property
    def log(self) -> Path:
        return self.folder / "daemon.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def command(self, *more: str) -> list[str]:
        level = () if "--log-level" in self.options else ("--log-level", "debug")
        return [PROGRAM, "daemon", "--config", str(self.config), *level, *self.options, *more]

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + _START_TIMEOUT
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                last = self.log.read_text().splitlines()[-1:]
                raise AssertionError(f"the daemon did not start: {' '.join(last)}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        """Whether somebody listens: after a kill the socket's file is still there."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it and return its exit status."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(30)

    def purge(self) -> None:
        """Take away all it made."""
        done = subprocess.run(
            self.command("--purge"), capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr

    def logs(self) -> dict[str, Path]:
        """Its log and those of the programs it runs, as far as they are there."""
        logs = {"k3c": self.log} | {path.stem: path for path in (self.root / "logs").glob("*.log")}
        return {name: path for name, path in logs.items() if path.exists()}


def _free_range(tag: str) -> str:
    """A range of its own out of 10.128.0.0/9, off what k3c chooses by itself."""
    number = int(tag, 16)
    return f"10.{128 + number % 120}.{number // 120 % 256}.0/24"


@dataclass(frozen=True)
class K3c:
    """The real CLI, on one daemon."""

    daemon: Daemon
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(
        self, *arguments: str, stdin: bytes = b"", timeout: float = _COMMAND_TIMEOUT
    ) -> subprocess.CompletedProcess[str]:
        """Run a command line to its end."""
        command = [PROGRAM, *arguments]
        done = subprocess.run(
            command, input=stdin, capture_output=True, env=self.env, timeout=timeout, check=False
        )
        return subprocess.CompletedProcess(
            done.args,
            done.returncode,
            done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"),
        )

    @property
    def env(self) -> dict[str, str]:
        """The environment of the CLI: the daemon's address, and no docker config of the machine's."""
        return {
            **os.environ,
            "K3C_ADDRESS": self.daemon.address,
            "DOCKER_CONFIG": str(self.daemon.folder),
            **self.environment,
        }

    def ok(self, *arguments: str) -> str:
        """Run a command line that must succeed; returns its stdout without the last newline."""
        done = self(*arguments)
        assert done.returncode == 0, f"{arguments} ended with {done.returncode}: {done.stderr}"
        return done.stdout.rstrip("\n")

    def fails(self, *arguments: str, code: int = 1) -> str:
        """Run a command line that must fail with one line on stderr and nothing on stdout; returns the line."""
        done = self(*arguments)
        assert done.returncode == code, (
            f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}"
        )
        assert done.stdout == ""
        lines = done.stderr.splitlines()
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith("k3c: ")
        return lines[0]

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command line and leave it running."""
        return subprocess.Popen(
            [PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env
        )

    @property
    def program(self) -> str:
        """The path of the CLI."""
        return PROGRAM

    def crictl(self, *arguments: str) -> dict[str, Any]:
        """Ask the embedded containerd as a kubelet would; returns crictl's JSON."""
        command = self.crictl_command(*arguments)
        answer: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return answer

    def crictl_command(self, *arguments: str) -> list[str]:
        """The command line that asks the embedded containerd as a kubelet would."""
        endpoint = f"unix://{self.daemon.state}/containerd.sock"
        return [CRICTL, "--runtime-endpoint", endpoint, "--image-endpoint", endpoint, *arguments]

    def address_of(self, name: str) -> str:
        """The IP address of a container's pod, as CRI tells it."""
        pod = self.crictl("pods", "--name", f"^{name}$", "-o", "json")["items"][0]
        return str(self.crictl("inspectp", pod["id"])["status"]["network"]["ip"])

    def names(self) -> list[str]:
        """Names of all containers."""
        return [line.split()[-1] for line in self.ok("ps", "-a").splitlines()[1:]]

    def images(self) -> set[str]:
        """Ids of all images."""
        with grpc.insecure_channel(self.daemon.address) as channel:
            return _images(image_pb2_grpc.ImageServiceStub(channel))

    def remove_everything(self, *, but: set[str]) -> None:
        """Remove all containers and volumes, and the images that are not in `but`; by the API, which is quick."""
        with grpc.insecure_channel(self.daemon.address) as channel:
            containers = container_pb2_grpc.ContainerServiceStub(channel)
            volumes = volume_pb2_grpc.VolumeServiceStub(channel)
            images = image_pb2_grpc.ImageServiceStub(channel)
            removals = [
                containers.Remove.future(
                    container_pb2.RemoveContainerRequest(container=container.id, force=True, volumes=True)
                )
                for container in containers.List(container_pb2.ListContainersRequest(all=True)).containers
            ]
            for removal in removals:
                removal.result(_COMMAND_TIMEOUT)
            for volume in volumes.List(volume_pb2.ListVolumesRequest()).volumes:
                volumes.Remove(volume_pb2.RemoveVolumeRequest(name=volume.name))
            for image in _images(images) - but:
                images.Remove(image_pb2.RemoveImageRequest(image=image, force=True))


def _images(service: image_pb2_grpc.ImageServiceStub) -> set[str]:
    return {image.id for image in service.List(image_pb2.ListImagesRequest()).images}
