"""A build's progress as plain lines on stderr."""

from __future__ import annotations

import sys

from domain.build import BuildEvent, BuildLog, BuildResult, BuildStatus, BuildStep, BuildWarning
from domain.image import ImageReference


class PlainProgress:
    """`#3 [2/4] RUN …`, then what the step writes, then `#3 DONE 0.2s`; steps are numbered as they begin."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._numbers: dict[str, int] = {}
        self._done: set[str] = set()
        self._tails: dict[tuple[str, int], bytes] = {}

    def show(self, event: BuildEvent) -> None:
        """Take one event in."""
        if self._quiet:
            return
        match event:
            case BuildStep():
                self._step(event)
            case BuildLog():
                self._log(event)
            case BuildWarning():
                place = f"{event.location}: " if event.location else ""
                self._line(f"WARNING: {place}{event.message}")
            case BuildStatus() | BuildResult():
                pass

    def end(self, result: BuildResult, tags: tuple[ImageReference, ...]) -> None:
        """Say what was made."""
        if not self._quiet:
            names = ", ".join(tag.familiar for tag in tags)
            made = f" {result.image_id}" if result.image_id else ""
            self._line(f"built{made}" + (f" as {names}" if names else ""))

    def _step(self, step: BuildStep) -> None:
        if step.started is None and not step.cached:
            return
        if step.digest not in self._numbers:
            self._numbers[step.digest] = len(self._numbers) + 1
            self._line(f"#{self._numbers[step.digest]} {step.name}")
        if step.completed is None or step.digest in self._done:
            return
        self._done.add(step.digest)
        self._flush(step.digest)
        if step.error:
            outcome = f"ERROR: {step.error}"
        else:
            outcome = (
                "CACHED" if step.cached else f"DONE {step.completed - (step.started or step.completed):.1f}s"
            )
        self._line(f"#{self._numbers[step.digest]} {outcome}")

    def _log(self, log: BuildLog) -> None:
        key = (log.step, log.stream)
        *lines, rest = (self._tails.get(key, b"") + log.data).split(b"\n")
        self._tails[key] = rest
        for line in lines:
            self._output(log.step, line)

    def _flush(self, step: str) -> None:
        """A last line that came without its end."""
        for key in [key for key in self._tails if key[0] == step]:
            if rest := self._tails.pop(key):
                self._output(step, rest)

    def _output(self, step: str, line: bytes) -> None:
        self._line(f"#{self._numbers.get(step, '?')} {line.decode(errors='replace')}")

    @staticmethod
    def _line(text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
