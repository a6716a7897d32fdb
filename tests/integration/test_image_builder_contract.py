"""The contract on buildkitd."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import grpc.aio
import pytest

from adapters.buildkit.builder import BuildkitImageBuilder
from domain.errors import Unavailable
from tests.unit.contracts.image_builder_contract import Builds, ImageBuilderContract

CTR = Path(sys.prefix, "libexec", "k3c", "ctr")


@pytest.fixture
async def builds(
    buildkitd_socket: str, containerd_socket: str, registry: str, tmp_path: Path
) -> AsyncIterator[Builds]:
    async def names() -> set[str]:
        command = (str(CTR), "--address", containerd_socket, "--namespace", "k8s.io", "images", "ls", "-q")
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
        assert process.returncode == 0
        return set(output.decode().split())

    async with grpc.aio.insecure_channel(f"unix://{buildkitd_socket}") as channel:
        yield Builds(BuildkitImageBuilder(channel), names, registry, tmp_path)


class TestBuildkitImageBuilder(ImageBuilderContract):
    @pytest.fixture
    def subject(self, builds: Builds) -> Builds:
        return builds


async def test_no_builder(tmp_path: Path, builds: Builds) -> None:
    async with grpc.aio.insecure_channel(f"unix://{tmp_path}/none.sock") as channel:
        away = Builds(BuildkitImageBuilder(channel), builds.names, "", tmp_path)
        with pytest.raises(Unavailable):
            await away.build(away.context())
