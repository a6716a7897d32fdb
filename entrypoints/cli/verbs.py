"""Every verb: where it is, in which group it stands, and what `k3c help` shows of it.

A verb's module is loaded only when the verb is called, so the first lines stand here. A unit test compares
each with the first line of its function's docstring, and each usage with its arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, NamedTuple


class Verb(NamedTuple):
    """A verb: its name as typed, the function behind it, its first line, and what follows it in a call.

    `target` is "module:function"; "" for a verb that only holds others.
    """

    name: str
    target: str
    summary: str
    usage: str = ""

    def function(self) -> Callable[..., Any]:
        """Load the module, and return the function."""
        module, _, name = self.target.partition(":")
        function: Callable[..., Any] = getattr(import_module(module), name)
        return function


class UnknownVerb(Exception):
    """A word that is no verb, and the verb that was probably meant, "" for none."""

    def __init__(self, word: str, meant: str) -> None:
        super().__init__(word)
        self.word = word
        self.meant = meant


_CONTAINER = "entrypoints.cli.container"
_IMAGE = "entrypoints.cli.image"
_SYSTEM = "entrypoints.cli.system"
_VOLUME = "entrypoints.cli.volume"
_CONTAINERS = "CONTAINER [CONTAINER...]"

GROUPS: dict[str, tuple[Verb, ...]] = {
    "Containers": (
        Verb(
            "run",
            f"{_CONTAINER}.run:run",
            "Run a command in a new container",
            "[OPTIONS] IMAGE [COMMAND] [ARG...]",
        ),
        Verb(
            "create",
            f"{_CONTAINER}.create:create",
            "Create a container without starting it",
            "[OPTIONS] IMAGE [COMMAND] [ARG...]",
        ),
        Verb("start", f"{_CONTAINER}.start:start", "Start stopped containers", f"[OPTIONS] {_CONTAINERS}"),
        Verb("stop", f"{_CONTAINER}.stop:stop", "Stop running containers", f"[OPTIONS] {_CONTAINERS}"),
        Verb("restart", f"{_CONTAINER}.restart:restart", "Restart containers", f"[OPTIONS] {_CONTAINERS}"),
        Verb("kill", f"{_CONTAINER}.kill:kill", "Send a signal to containers", f"[OPTIONS] {_CONTAINERS}"),
        Verb("rm", f"{_CONTAINER}.rm:rm", "Remove containers", f"[OPTIONS] {_CONTAINERS}"),
        Verb("pause", f"{_CONTAINER}.pause:pause", "Pause all processes in containers", _CONTAINERS),
        Verb("unpause", f"{_CONTAINER}.pause:unpause", "Unpause all processes in containers", _CONTAINERS),
        Verb(
            "wait", f"{_CONTAINER}.wait:wait", "Wait for containers and print their exit codes", _CONTAINERS
        ),
        Verb("rename", f"{_CONTAINER}.rename:rename", "Rename a container", "CONTAINER NAME"),
        Verb(
            "update",
            f"{_CONTAINER}.update:update",
            "Change limits, ports and other settings of containers",
            f"[OPTIONS] {_CONTAINERS}",
        ),
        Verb("ps", f"{_CONTAINER}.ps:ps", "List containers", "[OPTIONS]"),
        Verb(
            "logs",
            f"{_CONTAINER}.logs:logs",
            "Fetch the logs of one or more containers",
            f"[OPTIONS] {_CONTAINERS}",
        ),
        Verb("attach", f"{_CONTAINER}.attach:attach", "Attach to a running container", "[OPTIONS] CONTAINER"),
        Verb(
            "exec",
            f"{_CONTAINER}.exec:exec_",
            "Run a command in a running container",
            "[OPTIONS] CONTAINER COMMAND [ARG...]",
        ),
        Verb(
            "cp",
            f"{_CONTAINER}.cp:cp",
            "Copy files between a container and this machine",
            "[OPTIONS] SOURCE TARGET",
        ),
        Verb(
            "diff",
            f"{_CONTAINER}.diff:diff",
            "List changes to the root filesystem of a container",
            "CONTAINER",
        ),
        Verb(
            "inspect",
            f"{_CONTAINER}.inspect:inspect",
            "Show details of containers, images or volumes",
            "[OPTIONS] NAME|ID [NAME|ID...]",
        ),
        Verb(
            "port", f"{_CONTAINER}.port:port", "List the published ports of a container", "CONTAINER [PORT]"
        ),
        Verb(
            "stats",
            f"{_CONTAINER}.stats:stats",
            "Show live resource usage of containers",
            "[OPTIONS] [CONTAINER...]",
        ),
        Verb("top", f"{_CONTAINER}.top:top", "List the processes in a container", "CONTAINER [PS_OPTION...]"),
    ),
    "Images": (
        Verb("images", f"{_IMAGE}.images:images", "List images", "[OPTIONS] [REPOSITORY[:TAG]]"),
        Verb(
            "pull",
            f"{_IMAGE}.pull:pull",
            "Download an image from a registry",
            "[OPTIONS] NAME[:TAG|@DIGEST]",
        ),
        Verb("push", f"{_IMAGE}.push:push", "Upload an image to a registry", "[OPTIONS] NAME[:TAG]"),
        Verb(
            "tag",
            f"{_IMAGE}.tag:tag",
            "Create tags that refer to an image",
            "SOURCE TARGET [TARGET...]",
        ),
        Verb("login", f"{_IMAGE}.login:login", "Log in to a registry", "[OPTIONS] [SERVER]"),
        Verb("logout", f"{_IMAGE}.logout:logout", "Log out from a registry", "[SERVER]"),
        Verb("rmi", f"{_IMAGE}.rmi:rmi", "Remove images", "[OPTIONS] IMAGE [IMAGE...]"),
    ),
    "Builds": (
        Verb(
            "build",
            "entrypoints.cli.build.build:build",
            "Build an image from a Dockerfile",
            "[OPTIONS] PATH",
        ),
    ),
    "Volumes": (Verb("volume", "", "Manage volumes", "COMMAND"),),
    "System": (
        Verb("daemon", f"{_SYSTEM}.daemon:daemon", "Run the daemon", "[OPTIONS]"),
        Verb(
            "events",
            f"{_SYSTEM}.events:events",
            "Stream events of containers, images and volumes",
            "[OPTIONS]",
        ),
        Verb("info", f"{_SYSTEM}.info:info", "Show information about the daemon and its host", "[OPTIONS]"),
        Verb(
            "version",
            f"{_SYSTEM}.version:version",
            "Show the versions of k3c, its daemon and components",
            "[OPTIONS]",
        ),
        Verb("help", f"{_SYSTEM}.help:help_", "Show the help of a command", "[COMMAND...]"),
    ),
}
VOLUME_VERBS = (
    Verb("create", f"{_VOLUME}.create:create", "Create a volume", "[OPTIONS] [NAME]"),
    Verb("ls", f"{_VOLUME}.ls:ls", "List volumes", "[OPTIONS]"),
    Verb("inspect", f"{_VOLUME}.inspect:inspect", "Show details of volumes", "[OPTIONS] VOLUME [VOLUME...]"),
    Verb("rm", f"{_VOLUME}.rm:rm", "Remove volumes", "[OPTIONS] VOLUME [VOLUME...]"),
    Verb("prune", f"{_VOLUME}.prune:prune", "Remove unused volumes", "[OPTIONS]"),
    Verb("rename", f"{_VOLUME}.rename:rename", "Rename a volume", "VOLUME NAME"),
    Verb("clone", f"{_VOLUME}.clone:clone", "Copy a volume under a new name", "VOLUME NAME"),
    Verb(
        "export",
        f"{_VOLUME}.export:export",
        "Write the files of a volume to a tar archive",
        "[OPTIONS] VOLUME",
    ),
    Verb(
        "import",
        f"{_VOLUME}.import_:import_",
        "Create a volume from a tar archive",
        "[OPTIONS] VOLUME [FILE]",
    ),
)
VOLUME_ALIASES = ("volumes", "v")
IMAGE_VERBS = (Verb("prune", f"{_IMAGE}.prune:prune", "Remove unused images", "[OPTIONS]"),)
_TOP = {verb.name: verb for verbs in GROUPS.values() for verb in verbs}
_HOLDERS = {"image": Verb("image", "", "Manage images", "COMMAND")}  # what else is below them is in `grouped`
_BELOW = {
    "volume": {verb.name: verb for verb in VOLUME_VERBS},
    "image": {verb.name: verb for verb in IMAGE_VERBS},
}


def verbs() -> Iterator[tuple[tuple[str, ...], Verb]]:
    """Every verb that has a function, with the words that it is called by."""
    for name, verb in (_TOP | _HOLDERS).items():
        if verb.target:
            yield (name,), verb
        for below, its in _BELOW.get(name, {}).items():
            yield (name, below), its


def find(words: list[str]) -> tuple[tuple[str, ...], Verb] | None:
    """The verb that a command line begins with, by its full name; None where there is no word.

    Raises UnknownVerb.
    """
    if not words:
        return None
    name = "volume" if words[0] in VOLUME_ALIASES else words[0]
    verb = _HOLDERS.get(name) or _known(name, _TOP)
    below = _BELOW.get(name)
    if below is None or not words[1:] or words[1].startswith("-"):
        return (name,), verb
    return (name, words[1]), _known(words[1], below)


def _known(word: str, known: dict[str, Verb]) -> Verb:
    if word not in known:
        from difflib import get_close_matches

        raise UnknownVerb(word, next(iter(get_close_matches(word, known, n=1)), ""))
    return known[word]
