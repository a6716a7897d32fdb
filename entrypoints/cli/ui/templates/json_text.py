"""JSON as Go writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from entrypoints.cli.ui.open_map import Heading, OpenMap
from entrypoints.cli.ui.templates.numerals import shortest
from entrypoints.cli.ui.templates.values import sorted_items


def json_text(value: Any) -> str:
    """A value as JSON: free maps in the order of their keys, others in that of the data; a heading as it is."""
    if isinstance(value, Heading):
        return value
    if isinstance(value, Mapping):
        pairs = sorted_items(value) if isinstance(value, OpenMap) else value.items()
        return f"{{{','.join(f'{_text(key)}:{json_text(part)}' for key, part in pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(json_text, value))}]"
    if isinstance(value, float):
        return _float(value)
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _float(value: float) -> str:
    small = value != 0 and not 1e-6 <= abs(value) < 1e21
    text = shortest(value, "e" if small else "f")
    return f"{text[:-2]}{text[-1]}" if text[-4:-1] == "e-0" else text
