"""Go's Print and Println."""

from __future__ import annotations

from typing import Any

from entrypoints.cli.ui.templates.verbs import Directive, written_value

_PLAIN = Directive()


def printed(*values: Any) -> str:
    """The values beside each other, with a space between two of which neither is a string."""
    parts: list[str] = []
    before: Any = ""
    for value in values:
        if not isinstance(before, str) and not isinstance(value, str):
            parts.append(" ")
        parts.append(_plain(value))
        before = value
    return "".join(parts)


def printed_line(*values: Any) -> str:
    """The values with spaces between them, and a newline."""
    return " ".join(map(_plain, values)) + "\n"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else written_value(_PLAIN, "v", value)
