"""The pages of help, made of the table of verbs. What stands on a verb's own page is in `verb_page`."""

from __future__ import annotations

import shutil

from entrypoints.cli.context import DEFAULT_ADDRESS, ENVIRONMENT_ADDRESS
from entrypoints.cli.ui.help_page import Section, help_page
from entrypoints.cli.verbs import GROUPS, VOLUME_VERBS, find

ABOUT = "Docker's classic verbs on containerd and BuildKit, for people who develop for Kubernetes"
_FOOTER = "Run `k3c COMMAND --help` for the options of a command."
_MANAGED = {"container": "containers", "image": "images", "system": "k3c"}
_VOLUME_FOOTER = "Run `k3c volume COMMAND --help` for the options of a command."
# The first two are those of `read_globals`, as a unit test checks: cyclopts is not loaded to read them from it.
OPTIONS = (
    ("-H, --address string", f"Socket of the daemon (default {DEFAULT_ADDRESS}) [${ENVIRONMENT_ADDRESS}]"),
    ("    --debug", "Show where an error came from"),
    ("-h, --help", "Show this help"),
    ("-v, --version", "Show the version of this command"),
)


def show_help(words: list[str]) -> None:
    """Print the help of the verb that the words begin with, of k3c for none; raises UnknownVerb."""
    width = shutil.get_terminal_size().columns
    print(help_text(words, width), end="")  # noqa: T201 - the answer


def help_text(words: list[str], width: int) -> str:
    """The help of the verb that the words begin with, of k3c for none; raises UnknownVerb.

    Only the module of that verb is loaded; a list of verbs needs none.
    """
    if words and words[0] in _MANAGED:
        if not words[1:]:
            return _group(words[0], width)
        from entrypoints.cli.grouped import ungrouped

        words = ungrouped(words)
    found = find(words)
    if found is None:
        return _overview(width)
    path, verb = found
    usage = " ".join(filter(None, ("k3c", *path, verb.usage)))
    if not verb.target:
        rows = [(below.name, below.summary) for below in VOLUME_VERBS]
        return help_page(usage, verb.summary, [Section("Commands", rows)], _VOLUME_FOOTER, width)
    from entrypoints.cli.verb_page import description, sections

    function = verb.function()
    return help_page(usage, description(function), sections(function), "", width)


def _group(name: str, width: int) -> str:
    from entrypoints.cli.grouped import summaries

    summary = f"Manage {_MANAGED[name]}"
    return help_page(f"k3c {name} COMMAND", summary, [Section("Commands", summaries(name))], "", width)


def _overview(width: int) -> str:
    verbs = [Section(title, [(verb.name, verb.summary) for verb in group]) for title, group in GROUPS.items()]
    return help_page("k3c [OPTIONS] COMMAND", ABOUT, [*verbs, Section("Options", OPTIONS)], _FOOTER, width)
