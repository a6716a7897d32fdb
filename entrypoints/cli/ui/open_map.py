"""What templates are filled with beside plain data: maps whose keys users choose, methods, headings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WORD_WITHIN = re.compile(r"(?<=[a-z])(?=[A-Z])")


class OpenMap(dict[str, Any]):
    """A map whose keys the user chooses, such as labels: in a template a missing key is `<no value>`, no error."""


class Sparse(dict[str, Any]):
    """A shape whose JSON leaves out what is empty; a template finds that in `left_out`."""

    def __init__(self, shape: Mapping[str, Any], left_out: Mapping[str, Any]) -> None:
        super().__init__(shape)
        self.left_out = left_out


class KeyedMethod(OpenMap):
    """A method of docker's rows over a map, such as `.Label "name"`; a key that is missing gives ""."""

    def of(self, key: str) -> str:
        """The value of a key."""
        return str(self.get(key, ""))


class Heading(str):
    """A heading of a table, which `lower`, `upper`, `title`, `truncate` and `json` leave as it is."""

    __slots__ = ()


class HeadingMethod(KeyedMethod):
    """The heading of a column of labels: the last part of the label's name, in words."""

    def of(self, key: str) -> str:
        """`com.example.my-role` is headed `my role`."""
        return Heading(key.rpartition(".")[2].replace("-", " ").replace("_", " "))


class Headings(OpenMap):
    """The row of headings: of columns as they are called, of other fields their names in capitals."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Any:
        return HeadingMethod() if name == "Label" else Heading(_WORD_WITHIN.sub(" ", name).upper())
