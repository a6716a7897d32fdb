"""`python -m compare [--only TOPIC,...]`: run the lines on both engines, and tell where they differ.

Each engine has a daemon and folders of its own, and nothing is left. Exits with 1 when a line differs without a
reason, or does not differ and has one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers import docker, import_busybox
from compare.outcome import Outcome, outcome
from compare.script import Line, Script, scripts
from tests.integration.conftest import build_busybox
from tests.integration.daemon import Daemon, K3c

_FOLDER = Path(__file__).parent
_TIMEOUT = "20"
_FILES = {
    "hello.txt": "hello\n",
    "list.env": "# a comment\nFROM_FILE=1\nWITH SPACES=in the name\n",
    "good.env": "# a comment\n\nFROM_FILE=1\nOTHER=a b\n",
    "tree/a.txt": "a\n",
    "tree/b/c.txt": "c\n",
}
_CLEAN = (
    'ids=$($E ps -aq); [ -z "$ids" ] || $E rm -f -v $ids >/dev/null; '
    'names=$($E volume ls -q); [ -z "$names" ] || $E volume rm $names >/dev/null'
)


@dataclass(frozen=True)
class Engine:
    """What `$E` stands for, and the environment of the lines."""

    name: str
    environment: Mapping[str, str]

    def run(self, command: str, folder: Path) -> Outcome:
        """Run a line in a folder; one that does not end is killed as `timeout` does."""
        done = subprocess.run(
            ["timeout", "--kill-after", "5", _TIMEOUT, "sh", "-c", command],
            cwd=folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        return outcome(done.returncode, done.stdout, done.stderr, str(folder))


def main() -> int:
    """Run what was asked for; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="topics, separated by commas")
    parser.add_argument("--all", action="store_true", help="show what agrees, too")
    arguments = parser.parse_args()
    only = set(filter(None, arguments.only.split(",")))
    chosen = [script for script in scripts(_FOLDER) if not only or script.name in only]
    wrong = known = 0
    with _engines() as engines:
        if len(engines) < 2:
            return 1
        for script in chosen:
            for line, outcomes in _run(script, engines):
                differs = len(set(outcomes)) > 1
                known += differs and bool(line.reason)
                is_wrong = differs is not bool(line.reason)
                wrong += is_wrong
                if is_wrong or arguments.all:
                    _tell(script, line, engines, outcomes)
    lines = sum(len(script.lines) for script in chosen)
    print(f"{lines} lines: {known} differ for a reason, {wrong} are not as they should be")
    return 1 if wrong else 0


def _tell(script: Script, line: Line, engines: list[Engine], outcomes: list[Outcome]) -> None:
    print(f"--- {script.name}: {line.command}")
    if line.reason:
        print(f"{'differs' if len(set(outcomes)) > 1 else 'no longer differs'}: {line.reason}")
    for engine, came in zip(engines, outcomes, strict=True):
        print(f"{engine.name}: {came}")


def _run(script: Script, engines: list[Engine]) -> Iterator[tuple[Line, list[Outcome]]]:
    """Run a topic's lines, each on one engine after the other."""
    print(f"comparing {script.name}", file=sys.stderr)
    with ExitStack() as stack:
        folders = [
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="k3c-compare-"))) for _ in engines
        ]
        for folder, engine in zip(folders, engines, strict=True):
            _make_files(folder)
            stack.callback(engine.run, _CLEAN, folder)
        for line in script.lines:
            yield (
                line,
                [engine.run(line.command, folder) for engine, folder in zip(engines, folders, strict=True)],
            )


def _make_files(folder: Path) -> None:
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@contextmanager
def _engines() -> Iterator[list[Engine]]:
    """k3c and docker, with the same busybox; without docker only k3c, and why is said."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="k3c-compare-"))
        stack.callback(shutil.rmtree, folder)
        peer = stack.enter_context(docker(folder / "docker"))
        if peer is None:
            yield []
            return
        changes = ("--change", "ENV PATH=/bin FROM_IMAGE=yes", "--change", 'CMD ["sh"]')
        import_busybox(peer, folder, "busybox", changes)
        daemon = Daemon.make(folder / "d")
        stack.callback(daemon.purge)
        stack.callback(daemon.stop)
        daemon.start()
        k3c = K3c(daemon)
        build_busybox(k3c, folder / "context")
        shared = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
        yield [
            Engine("k3c", {**k3c.env, **shared, "E": k3c.program}),
            Engine("docker", {**peer.environment, **shared, "E": " ".join(peer.command)}),
        ]


if __name__ == "__main__":
    sys.exit(main())
