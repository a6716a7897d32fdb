"""The command line's own errors, which never cross the wire: flags that exclude each other, missing arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from domain.errors import K3cError

UsageProblem = Literal[
    "reported",
    "unknown-command",
    "unknown-flag",
    "flag-without-value",
    "missing-argument",
    "unexpected-argument",
    "no-argument",
    "not-utf-8",
    "not-written",
    "unforeseen",
    "nothing-to-change",
    "no-container-path",
    "wait-without-detach",
    "attach-to-several",
    "no-healthcheck-with-check",
    "cpus-with-quota",
    "no-terminal-in",
    "no-terminal-out",
    "no-terminal-to-ask",
    "tar-to-terminal",
    "password-twice",
    "password-without-user",
    "no-terminal-to-log-in",
    "no-user",
    "no-password",
    "remote-context",
    "several-to-stdout",
    "no-cache-with-filter",
    "template-unclosed",
    "template-comment",
    "template-quote",
    "template-constant",
    "template-without-end",
    "template-without-beginning",
    "template-outside-range",
    "template-incomplete",
    "template-unexpected",
    "template-not-executable",
    "template-declarations",
    "template-function",
    "template-variable",
    "template-twice",
    "template-too-deep",
    "template-too-long",
    "template-unset",
    "template-not-defined",
    "template-no-field",
    "template-nil-field",
    "template-field-type",
    "template-nil-command",
    "template-arguments",
    "template-argument-count",
    "template-argument-type",
    "template-comparison",
    "template-index",
    "template-range",
]


class NotParsed(Exception):
    """A command line that cannot be read; `why` is the error to show."""

    def __init__(self, why: K3cError) -> None:
        super().__init__(why)
        self.why = why


@dataclass(eq=False)
class UsageError(K3cError):
    """The flags or arguments of a call exclude each other, or are missing; `value` is the text at fault."""

    problem: UsageProblem
    value: str = ""
    detail: str = ""
