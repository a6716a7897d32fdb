"""Texts as other languages take them: HTML, JavaScript, addresses."""

from __future__ import annotations

import re
from typing import Any

from entrypoints.cli.ui.templates.formatting import printed
from entrypoints.cli.ui.templates.values import NO_VALUE, to_bytes

_HTML = str.maketrans(
    {"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"},
)
_JS_MARKS = re.compile(r"[\\'\"<>&=\x00-\x1f]|[^\x00-\x7f]")
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")


def html(*values: Any) -> str:
    """The values, printed for HTML."""
    return _one_text(values).translate(_HTML)


def js(*values: Any) -> str:
    """The values, printed for a string of JavaScript."""
    return _JS_MARKS.sub(_js_mark, _one_text(values))


def _js_mark(found: re.Match[str]) -> str:
    mark = found[0]
    if mark in "\\'\"":
        return f"\\{mark}"
    if mark > "\x7f" and (mark.isprintable() or "\udc80" <= mark <= "\udcff"):
        return mark
    return f"\\u{ord(mark):04X}"


def urlquery(*values: Any) -> str:
    """The values, printed for the query of an address."""
    return "".join(
        chr(byte) if byte in _PLAIN else "+" if byte == 0x20 else f"%{byte:02X}"
        for byte in to_bytes(_one_text(values))
    )


def _one_text(values: tuple[Any, ...]) -> str:
    return printed(*(NO_VALUE if value is None else value for value in values))
