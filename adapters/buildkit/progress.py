"""Orders and merges the progress that `Control/Status` reports repeatedly and out of order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from adapters.buildkit.mapping import seconds, warning_location
from adapters.buildkit.proto.control_pb2 import (
    StatusResponse,
    Vertex,
    VertexStatus,
    VertexWarning,
)
from domain.build import BuildEvent, BuildLog, BuildStatus, BuildStep, BuildWarning


class Progress:
    """Merges reports by digest and returns only what is new."""

    def __init__(self) -> None:
        self._steps: dict[str, BuildStep] = {}
        self._statuses: dict[tuple[str, str], BuildStatus] = {}
        self._warnings: set[BuildWarning] = set()

    def merge(self, response: StatusResponse) -> Iterator[BuildEvent]:
        """Return the events of a response: steps, then what happened in them."""
        for vertex in response.vertexes:
            yield from self._step(vertex)
        for status in response.statuses:
            yield from self._status(status)
        for log in response.logs:
            yield BuildLog(log.vertex, log.stream, log.msg)
        for warning in response.warnings:
            yield from self._warning(warning)

    def _step(self, vertex: Vertex) -> Iterator[BuildStep]:
        old = self._steps.get(vertex.digest)
        new = _later_step(old, _step(vertex)) if old else _step(vertex)
        if new != old:
            self._steps[vertex.digest] = new
            yield new

    def _status(self, message: VertexStatus) -> Iterator[BuildStatus]:
        key = (message.vertex, message.ID)
        old = self._statuses.get(key)
        new = _later_status(old, _status(message)) if old else _status(message)
        if new != old:
            self._statuses[key] = new
            yield new

    def _warning(self, message: VertexWarning) -> Iterator[BuildWarning]:
        text = message.short.decode(errors="replace")
        warning = BuildWarning(message.vertex, text, warning_location(message))
        if warning not in self._warnings:
            self._warnings.add(warning)
            yield warning


def _step(vertex: Vertex) -> BuildStep:
    return BuildStep(
        digest=vertex.digest,
        name=vertex.name,
        started=seconds(vertex.started) if vertex.HasField("started") else None,
        completed=seconds(vertex.completed) if vertex.HasField("completed") else None,
        cached=vertex.cached,
        error=vertex.error,
    )


def _status(message: VertexStatus) -> BuildStatus:
    return BuildStatus(
        step=message.vertex,
        id=message.ID,
        current=message.current,
        total=message.total,
        started=seconds(message.started) if message.HasField("started") else None,
        completed=seconds(message.completed) if message.HasField("completed") else None,
    )


def _later_step(old: BuildStep, new: BuildStep) -> BuildStep:
    """Merge what is known of a step. A step may run again: then a later start takes the old end back."""
    if new.started and old.started and new.started < old.started:
        return old
    restarted = bool(new.started and old.completed and new.started > old.completed)
    return replace(
        new,
        name=new.name or old.name,
        started=new.started or old.started,
        completed=new.completed or (None if restarted else old.completed),
        cached=new.cached or old.cached,
        error=new.error or ("" if restarted else old.error),
    )


def _later_status(old: BuildStatus, new: BuildStatus) -> BuildStatus:
    if old.completed and not new.completed:
        return old
    return replace(
        new,
        current=max(old.current, new.current),
        total=max(old.total, new.total),
        started=new.started or old.started,
    )
