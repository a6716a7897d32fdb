"""An image builder that reads Dockerfiles a little and makes images of nothing but names."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Iterator

from application.ports.image_builder import CredentialsFor
from domain.build import BuildEvent, BuildLog, BuildRequest, BuildResult, BuildStep
from domain.errors import BuildFailed, InvalidArgument, K3cError, NotFound

_KNOWN = frozenset("FROM COPY ADD RUN CMD ENTRYPOINT ENV ARG LABEL USER WORKDIR EXPOSE VOLUME".split())


class FakeImageBuilder:
    """Images that were built are in `images`, by name. Base images are `scratch`, `bases` and those.

    `RUN` knows echo, false, and sleep, which lasts until the build is cancelled. `failures` are raised
    by the next builds, in order; `asked` are the registries whose credentials were asked for.
    """

    def __init__(self) -> None:
        self.images: dict[str, BuildResult] = {}
        self.requests: list[BuildRequest] = []
        self.bases: set[str] = set()
        self.failures: list[K3cError] = []
        self.asked: list[str] = []
        self.cancelled = 0
        self._cache: set[str] = set()

    async def build(
        self, request: BuildRequest, credentials: CredentialsFor
    ) -> AsyncGenerator[BuildEvent, None]:
        """See the port."""
        _check(request)
        self.requests.append(request)
        if self.failures:
            raise self.failures.pop(0)
        so_far = hashlib.sha256(repr((request.build_arguments, request.labels)).encode())
        for number, line in _instructions(request):
            so_far.update(_content(request, line))
            async for event in self._step(request, number, line, so_far.hexdigest(), credentials):
                yield event
        made = BuildResult(f"sha256:{so_far.hexdigest()}", f"sha256:{_digest(so_far.hexdigest())}")
        self.images.update({str(tag.tagged()): made for tag in request.tags})
        yield made

    async def _step(
        self, request: BuildRequest, number: int, line: str, key: str, credentials: CredentialsFor
    ) -> AsyncGenerator[BuildEvent, None]:
        word, _, rest = line.partition(" ")
        if word not in _KNOWN:
            raise _failed(request, number, f"unknown instruction: {word}")
        if word == "FROM":
            await self._resolve(rest.split()[0], credentials)
            return
        digest = f"sha256:{key}"
        yield BuildStep(digest, line, started=1.0)
        if word == "COPY" and not (request.context / rest.split()[0]).exists():
            raise _failed(request, number, f"{rest.split()[0]!r}: not found")
        if word == "RUN" and key not in self._cache:
            async for log in self._run(request, number, rest, digest):
                yield log
        yield BuildStep(digest, line, started=1.0, completed=2.0, cached=key in self._cache)
        self._cache.add(key)

    async def _resolve(self, image: str, credentials: CredentialsFor) -> None:
        if image in self.bases | {"scratch"} | self.images.keys():
            return
        registry = image.partition("/")[0]
        self.asked.append(registry)
        await credentials(registry)
        raise NotFound("image", image)

    async def _run(
        self, request: BuildRequest, number: int, command: str, step: str
    ) -> AsyncGenerator[BuildLog, None]:
        argv: list[str] = json.loads(command)
        if argv[1] == "false":
            raise _failed(request, number, "did not complete successfully: exit code: 1")
        yield BuildLog(step, 1, " ".join(argv[2:]).encode() + b"\n")
        if "sleep" in command:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled += 1


def _check(request: BuildRequest) -> None:
    if not request.context.is_dir():
        raise InvalidArgument("build context", str(request.context), "not-a-directory")
    if not request.dockerfile.is_file():
        raise InvalidArgument("Dockerfile", str(request.dockerfile), "no-such-file")


def _instructions(request: BuildRequest) -> Iterator[tuple[int, str]]:
    lines = request.dockerfile.read_text().splitlines()
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _content(request: BuildRequest, line: str) -> bytes:
    word, *arguments = line.split()
    file = request.context / (arguments or [""])[0]
    return line.encode() + (file.read_bytes() if word == "COPY" and file.is_file() else b"")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _failed(request: BuildRequest, number: int, text: str) -> BuildFailed:
    line = request.dockerfile.read_text().splitlines()[number - 1]
    place = f"{request.dockerfile.name}:{number}"
    return BuildFailed("reported", place, f"{number:4} | >>> {line}", text)
