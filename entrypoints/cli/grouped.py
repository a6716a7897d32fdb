"""docker's groups of verbs: `container ls` is `ps`, `image rm` is `rmi`."""

from __future__ import annotations

from entrypoints.cli.verbs import GROUPS, UnknownVerb, find

_Words = dict[str, tuple[str, ...]]

_CONTAINER: _Words = {verb.name: (verb.name,) for verb in GROUPS["Containers"]} | {
    "ls": ("ps",),
    "list": ("ps",),
    "remove": ("rm",),
    "inspect": ("inspect", "--type", "container"),
}
_IMAGE: _Words = {
    "build": ("build",),
    "inspect": ("inspect", "--type", "image"),
    "list": ("images",),
    "ls": ("images",),
    "prune": ("image", "prune"),
    "pull": ("pull",),
    "push": ("push",),
    "remove": ("rmi",),
    "rm": ("rmi",),
    "tag": ("tag",),
}
_SYSTEM: _Words = {"events": ("events",), "info": ("info",)}
GROUPED: dict[str, _Words] = {"container": _CONTAINER, "image": _IMAGE, "system": _SYSTEM}


def ungrouped(words: list[str]) -> list[str]:
    """A command line with the verb that a group's word stands for; a group alone is a call for its help.

    Raises UnknownVerb.
    """
    group = GROUPED.get(words[0]) if words else None
    if group is None:
        return words
    if not words[1:] or words[1] in {"-h", "--help"}:
        return ["help", words[0]]
    if words[1] not in group:
        from difflib import get_close_matches

        raise UnknownVerb(words[1], next(iter(get_close_matches(words[1], group, n=1)), ""))
    return [*group[words[1]], *words[2:]]


def summaries(group: str) -> list[tuple[str, str]]:
    """The words of a group with the first lines of what they stand for."""
    found = ((word, find(list(verb))) for word, verb in sorted(GROUPED[group].items()))
    return [(word, verb[1].summary) for word, verb in found if verb is not None]
