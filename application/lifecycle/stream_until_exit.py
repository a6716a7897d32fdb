"""The output of a container until it ends, and its exit."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from application.lifecycle.discard import DiscardContainer
from application.lifecycle.exits import Exits
from domain.container import ContainerRecord, ExitStatus
from domain.errors import NotFound
from domain.streams import Output

_KILLED = 137  # what a container that is removed while it runs ends with


@dataclass(frozen=True)
class StreamUntilExit:
    """Streams an attempt's output and its end, while the caller holds `Exits.reading`."""

    exits: Exits
    discard: DiscardContainer

    async def __call__(
        self, record: ContainerRecord, outputs: AsyncGenerator[Output, None]
    ) -> AsyncGenerator[Output | ExitStatus, None]:
        """The output as it comes, and the ExitStatus last.

        When the ExitStatus is given, the name of a container that removes itself is free. Raises Unavailable
        when the streams are lost; the container runs on.
        """
        async with aclosing(outputs):
            async for output in outputs:
                yield output
        try:
            status = await self.exits.wait(record.runtime_id)
        except NotFound:
            status = ExitStatus(_KILLED, datetime.now(UTC), "removed")
        if record.spec.auto_remove:
            await self.discard(record)
        yield status
