"""Arguments that name containers."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

Name = Annotated[str, Parameter(help="Name, ID, or unique prefix of an ID", metavar="CONTAINER")]
Names = Annotated[str, Parameter(help="Name, ID, or unique prefix of an ID", metavar="CONTAINER")]
