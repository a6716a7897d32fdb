"""What OCI runtimes say when a program cannot be run, in the domain's words.

The texts looked for are those of runc, which names the program in quotes when looking it up fails, and
of crun and execve, which do without.
"""

from __future__ import annotations

import re

from domain.errors import CommandNotExecutable, CommandNotFound, K3cError
from domain.problems import CommandProblem

_PROGRAM = r'exec:? "?(?P<program>[^"\n]*?)"?: '
_MISSING = re.compile(
    _PROGRAM + r"(?:executable file not found in \$PATH|(?:stat .*: )?no such file or directory)"
)
_PROBLEMS: dict[str, CommandProblem] = {
    "permission denied": "permission-denied",
    "is a directory": "is-a-directory",
    "exec format error": "exec-format",
}
_UNEXECUTABLE = re.compile(_PROGRAM + rf"(?P<problem>{'|'.join(_PROBLEMS)})")


def command_error(text: str) -> K3cError | None:
    """CommandNotFound, CommandNotExecutable, or None when the text is about something else."""
    if found := _MISSING.search(text):
        return CommandNotFound(found["program"])
    if found := _UNEXECUTABLE.search(text):
        return CommandNotExecutable(found["program"], _PROBLEMS[found["problem"]])
    return None
