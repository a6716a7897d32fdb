"""Write docs/errors.md: every error with the sentence and the exit code that the command line makes of it.

python -m tools.errors_table    write it
"""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from pathlib import Path

from domain.errors import K3cError
from entrypoints.cli.messages import FAILED, code_of, run_code, sentence
from tools.error_samples import samples

ROOT = Path(__file__).resolve().parent.parent

PAGE = ROOT / "docs/errors.md"
_HEAD = """# Errors

Every error of k3c with every problem it can have, as the command line says it: made by `make docs` from the
sentences in `entrypoints/cli/messages.py` and `entrypoints/cli/problems.py`, with the example values of
`tools/error_samples.py`. Each sentence comes after `k3c: ` on stderr. The exit code is that of `run` and its like
(`create`, `start --attach`, `attach`, `exec`), then that of all other verbs, which is 2 for a command line that
cannot be parsed (an unknown flag or command, a missing or further argument, a number that is not one).
"""


def page() -> str:
    """The whole text of docs/errors.md."""
    tables = [
        _table(name, list(errors))
        for name, errors in groupby(samples(), key=lambda error: type(error).__name__)
    ]
    return "\n".join([_HEAD, *tables])


def _table(name: str, errors: list[K3cError]) -> str:
    heading = f"## {name}\n\n{(type(errors[0]).__doc__ or '').splitlines()[0]}\n"
    rows = [
        f"| {_cell(code_of(error))} | {_cell(sentence(error))} | {run_code(error)}, {FAILED} |"
        for error in errors
    ]
    return "\n".join([heading, "| problem | sentence | exit code |", "|---|---|---|", *rows, ""])


def _cell(text: str) -> str:
    """Text as it is, in a cell: nothing in it is Markdown or HTML."""
    return re.sub(r"([\\`*_|\[\]])", r"\\\1", escape(text, quote=False)).replace("\n", "<br>")


if __name__ == "__main__":
    PAGE.write_text(page())
