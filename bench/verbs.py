"""What is measured: the same command line of each engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.peers import IMAGE, Peer
from bench.timing import Command
from tests.integration.daemon import K3c

CONTAINER = "there"


@dataclass(frozen=True)
class Row:
    """A command line, its exit codes where they are not 0, and a file to be its input."""

    arguments: tuple[str, ...]
    codes: frozenset[int] = frozenset({0})
    stdin: bool = False

    @property
    def name(self) -> str:
        """What the row is called, and chosen by."""
        return " ".join(self.arguments).replace(IMAGE, "IMAGE").replace(CONTAINER, "C")


ROWS = (
    Row(("ps",)),
    Row(("images",)),
    Row(("inspect", CONTAINER)),
    Row(("volume", "ls")),
    Row(("version",)),
    Row(("exec", CONTAINER, "true")),
    Row(("run", "--rm", IMAGE, "true")),
    Row(("--help",)),
    Row(("nosuchverb",), codes=frozenset({1, 2, 125})),
    Row(("exec", "-i", CONTAINER, "cat"), stdin=True),
)


def chosen(names: Sequence[str]) -> list[Row]:
    """The rows whose first words are among the names; all without names."""
    return [row for row in ROWS if not names or row.arguments[0] in names]


def commands(row: Row, k3c: K3c, peers: Sequence[Peer], data: Path) -> Mapping[str, Command]:
    """A row's command of each engine; k3c's also cold, without its warm process."""
    stdin = data if row.stdin else None
    warm = Command((k3c.program, *row.arguments), k3c.env, stdin, row.codes)
    made = {"k3c": warm, "k3c cold": replace(warm, environment={**k3c.env, "K3C_NO_WARM": "1"})}
    for peer in peers:
        made[peer.name] = Command((*peer.command, *row.arguments), peer.environment, stdin, row.codes)
    return made
