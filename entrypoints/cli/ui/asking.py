"""Asking before something is removed."""

from __future__ import annotations

import sys

from entrypoints.cli.ui.output import print_notice
from entrypoints.cli.usage import UsageError


def agreed(warning: str) -> bool:
    """Ask at the terminal whether to go on; no answer is no. Raises UsageError without a terminal."""
    if not sys.stdin.isatty():
        raise UsageError("no-terminal-to-ask")
    print_notice(f"WARNING! {warning}\nAre you sure you want to continue? [y/N]")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
