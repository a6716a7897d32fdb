"""The texts of OCI runtimes when a program cannot be run, as domain errors.

The known texts are those of runc, which quotes the program's name when it is not found, and of crun and
execve, which do not quote it.
"""

from __future__ import annotations

import re

from domain.errors import CommandNotExecutable, CommandNotFound, K3cError

_PROGRAM = r'exec:? "?(?P<program>[^"\n]*?)"?: '
_MISSING = re.compile(
    _PROGRAM + r"(?:executable file not found in \$PATH|(?:stat .*: )?no such file or directory)"
)
_UNEXECUTABLE = re.compile(_PROGRAM + r"(?P<problem>permission denied|is a directory|exec format error)")


def command_error(text: str) -> K3cError | None:
    """Return CommandNotFound, CommandNotExecutable, or None when the text is about something else."""
    if found := _MISSING.search(text):
        return CommandNotFound(found["program"])
    if found := _UNEXECUTABLE.search(text):
        return CommandNotExecutable(found["program"], found["problem"])
    return None
