"""`python -m bench.shares [--calls N]`: the daemon's own share of `ps`, `inspect`, `images`, for 1, 30 and 300.

Calls go straight to the daemon's socket, one after the other, and their answers are left as bytes, so that neither
the command nor the reading of an answer is measured. The containers are created and not started: containerd has
nothing to say of them, and what is measured is what k3c keeps, joins and sends. Each image has a content of its own.
The daemon is one of its own in a folder of its own, and nothing is left.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import Message

from adapters.containerd.channel import open_channel
from adapters.containerd.images.store import ContainerdImageStore
from bench.table import Times, ratio_table
from domain.image import ImageReference
from entrypoints.api.k3c.v1 import container_pb2, container_pb2_grpc, image_pb2, spec_pb2
from tests.integration.daemon import Daemon
from tests.oci_archive import an_archive, in_chunks

COUNTS = (1, 30, 300)
_AT_ONCE = 8
_UNCOUNTED = 5  # calls before those that count
_TIMEOUT = 60.0
_Shares = dict[str, Times]  # by call, and by how many there are


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=30)
    calls = parser.parse_args().calls
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(table(calls))


def table(calls: int) -> str:
    """Measure so many calls of each; the table, with a line about the machine."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="k3c-shares-"))
        stack.callback(shutil.rmtree, folder)
        daemon = Daemon.make(folder / "d", options=("--log-level", "info"))
        daemon.start()
        stack.callback(daemon.purge)
        stack.callback(daemon.stop)
        channel = stack.enter_context(grpc.insecure_channel(daemon.address))
        measured = _containers(daemon, channel, calls) | _images(daemon, channel, calls)
    machine = f"{os.cpu_count()} processors, Linux {platform.release()}, Python {platform.python_version()}"
    medians = ratio_table(measured, [str(count) for count in COUNTS], str(COUNTS[-2]), digits=2)
    return f"{machine}, {calls} calls.\n\n{medians}"


def _containers(daemon: Daemon, channel: grpc.Channel, calls: int) -> _Shares:
    asyncio.run(_load(daemon, range(1)))
    ps: dict[str, list[float]] = {}
    ps_all: dict[str, list[float]] = {}
    inspect: dict[str, list[float]] = {}
    for there, wanted in zip((0, *COUNTS), COUNTS, strict=False):
        print(f"measuring {wanted} containers", file=sys.stderr)
        _create(channel, range(there, wanted))
        everything = container_pb2.ListContainersRequest(all=True)
        one = container_pb2.InspectContainerRequest(container=_name(wanted - 1))
        running = container_pb2.ListContainersRequest()
        ps[str(wanted)] = _times(channel, "ContainerService/List", running, calls)
        ps_all[str(wanted)] = _times(channel, "ContainerService/List", everything, calls)
        inspect[str(wanted)] = _times(channel, "ContainerService/Inspect", one, calls)
    return {"ps": ps, "ps -a": ps_all, "inspect": inspect}


def _images(daemon: Daemon, channel: grpc.Channel, calls: int) -> _Shares:
    images: dict[str, list[float]] = {}
    for there, wanted in zip((1, *COUNTS), COUNTS, strict=False):
        print(f"measuring {wanted} images", file=sys.stderr)
        asyncio.run(_load(daemon, range(there, wanted)))
        images[str(wanted)] = _times(channel, "ImageService/List", image_pb2.ListImagesRequest(), calls)
    return {"images": images}


def _name(number: int) -> str:
    return f"share-{number}"


def _create(channel: grpc.Channel, numbers: range) -> None:
    containers = container_pb2_grpc.ContainerServiceStub(channel)
    for start in range(numbers.start, numbers.stop, _AT_ONCE):
        few = numbers[start - numbers.start :][:_AT_ONCE]
        for made in [containers.Create.future(_request(number)) for number in few]:
            made.result(_TIMEOUT)


def _request(number: int) -> container_pb2.CreateContainerRequest:
    """A container with some of what people give theirs."""
    spec = spec_pb2.ContainerSpec(
        image=_name(0),
        command=["server", "--listen", "0.0.0.0:80"],
        environment=[f"NUMBER={number}", "MODE=production"],
        labels={"number": str(number), "project": "shares"},
        mounts=[spec_pb2.Mount(kind="bind", source="/etc", target="/host", read_only=True)],
        ports=[spec_pb2.PortBinding(container_port=80, protocol="tcp")],
    )
    return container_pb2.CreateContainerRequest(name=_name(number), spec=spec)


async def _load(daemon: Daemon, numbers: range) -> None:
    """Load small images as the daemon does, which has no call for it."""
    async with open_channel(f"unix://{daemon.state}/containerd.sock") as channel:
        store = ContainerdImageStore(channel, "overlayfs")
        for number in numbers:
            name = ImageReference.parse(_name(number)).tagged()
            await store.load(in_chunks(an_archive(str(number), Cmd=["server"])), name)


def _times(channel: grpc.Channel, method: str, request: Message, calls: int) -> list[float]:
    call: Any = channel.unary_unary(
        f"/k3c.v1.{method}", request_serializer=type(request).SerializeToString, response_deserializer=None
    )
    times = []
    for _ in range(_UNCOUNTED + calls):
        began = time.perf_counter()
        call(request, timeout=_TIMEOUT)
        times.append(time.perf_counter() - began)
    return times[_UNCOUNTED:]


if __name__ == "__main__":
    main()
