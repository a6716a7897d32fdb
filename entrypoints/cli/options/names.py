"""Arguments that name containers."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

Name = Annotated[str, Parameter(help="A name, an id, or a unique beginning of an id.")]
Names = Annotated[str, Parameter(help="Names, ids, or unique beginnings of ids.")]
