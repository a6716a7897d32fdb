"""Flags of `run` and `create` about privileges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from domain import confinement
from domain.confinement import UNCONFINED, Device, Security
from domain.errors import InvalidArgument

Texts = tuple[str, ...]


@Parameter(name="*")
@dataclass(frozen=True)
class SecurityOptions:
    """Privileges."""

    privileged: Annotated[bool, Parameter(help="Every capability and device, and no confinement.")] = False
    cap_add: Annotated[Texts, Parameter(help="Give it a capability; ALL for all.")] = ()
    cap_drop: Annotated[Texts, Parameter(help="Take a capability away; ALL for all.")] = ()
    security_opt: Annotated[
        Texts, Parameter(help="no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined.")
    ] = ()
    group_add: Annotated[Texts, Parameter(help="A further group of its user, by name or number.")] = ()
    read_only: Annotated[bool, Parameter(help="Do not let it write to its root file system.")] = False
    device: Annotated[Texts, Parameter(help="/dev/here[:/dev/there][:rwm].")] = ()

    @property
    def security(self) -> Security:
        """What the flags ask for; raises InvalidArgument."""
        plain = Security(
            privileged=self.privileged,
            cap_add=confinement.parse_capabilities(self.cap_add),
            cap_drop=confinement.parse_capabilities(self.cap_drop),
            groups=self.group_add,
            read_only=self.read_only,
            devices=tuple(map(Device.parse, self.device)),
        )
        changes: dict[str, Any] = confinement.parse_security_options(self.security_opt)
        profile = changes.get("seccomp", UNCONFINED)
        if profile != UNCONFINED:
            changes["seccomp"] = _file(profile)
        return replace(plain, **changes)


def _file(path: str) -> str:
    found = Path(path).absolute()
    if not found.is_file():
        raise InvalidArgument("seccomp profile", path, "no-such-file")
    return str(found)
