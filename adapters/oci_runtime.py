"""The texts of OCI runtimes when a program cannot be run, as domain errors.

The known texts are those of runc, which quotes the program's name when it is not found, and of crun and
execve, which do not quote it.
"""

from __future__ import annotations

import re

from domain.errors import CommandNotExecutable, CommandNotFound, K3cError, NoWorkingDirectory
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
_NO_FOLDER = re.compile(r'chdir to cwd \("(?P<folder>[^"\n]*)"\) .*: no such file or directory')
_UNEXECUTABLE = re.compile(_PROGRAM + rf"(?P<problem>{'|'.join(_PROBLEMS)})")


def command_error(text: str) -> K3cError | None:
    """Return what a text says of a command or its working folder; None when it is about something else."""
    if found := _NO_FOLDER.search(text):
        return NoWorkingDirectory(found["folder"])
    if found := _MISSING.search(text):
        return CommandNotFound(found["program"])
    if found := _UNEXECUTABLE.search(text):
        return CommandNotExecutable(found["program"], _PROBLEMS[found["problem"]])
    return None
