"""A place among the tokens of a template."""

from __future__ import annotations

from entrypoints.cli.ui.templates.lexing import Token, tokens
from entrypoints.cli.usage import UsageError, UsageProblem

_END = Token("end", "")


class Cursor:
    """Reads tokens in turn; raises UsageError for the template."""

    def __init__(self, template: str) -> None:
        self._template = template
        self._tokens = list(tokens(template))
        self._at = 0

    def wrong(self, problem: UsageProblem, detail: str = "") -> UsageError:
        """An error of this template."""
        return UsageError(problem, self._template, detail)

    def peek(self) -> Token:
        """The token that comes next, which may be a space."""
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def next(self) -> Token:
        """Take the token that comes next."""
        token = self.peek()
        self._at += 1
        return token

    def skip_spaces(self) -> Token:
        """The token that comes next but for spaces, which are taken."""
        while self.peek().kind == "space":
            self._at += 1
        return self.peek()

    def take(self, kind: str, *texts: str) -> bool:
        """Take the next token, but for spaces, if it is of a kind and one of the texts; returns whether it was."""
        if self.at(kind, *texts):
            self._at += 1
            return True
        return False

    def at(self, kind: str, *texts: str) -> bool:
        """Whether the next token, but for spaces, is of a kind and one of the texts if there are any."""
        token = self.skip_spaces()
        return token.kind == kind and (not texts or token.text in texts)

    def place(self) -> int:
        """A place to return to."""
        return self._at

    def return_to(self, place: int) -> None:
        """Read on from an earlier place."""
        self._at = place

    def unexpected(self) -> UsageError:
        """The error that the next token cannot stand here."""
        token = self.skip_spaces()
        if token.kind == "right":
            return self.wrong("template-incomplete")
        return self.wrong("template-unexpected", token.text)

    def expect_right(self) -> None:
        """Take the end of an action; raises UsageError if something else comes first."""
        if not self.take("right"):
            raise self.unexpected()
