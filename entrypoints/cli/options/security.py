"""Flags of `run` and `create` about privileges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from domain import confinement
from domain.confinement import UNCONFINED, Device, Security
from domain.errors import InvalidArgument
from entrypoints.cli.options.groups import PROCESS, SECURITY, STORAGE

Texts = tuple[str, ...]


@Parameter(name="*", group=SECURITY)
@dataclass(frozen=True)
class SecurityOptions:
    """Privileges."""

    privileged: Annotated[bool, Parameter(help="Grant all capabilities and devices, without confinement")] = (
        False
    )
    cap_add: Annotated[Texts, Parameter(help="Capability to add, or ALL")] = ()
    cap_drop: Annotated[Texts, Parameter(help="Capability to drop, or ALL")] = ()
    security_opt: Annotated[
        Texts,
        Parameter(
            help="Security option: no-new-privileges, seccomp=FILE|unconfined or apparmor=PROFILE|unconfined"
        ),
    ] = ()
    group_add: Annotated[
        Texts, Parameter(help="Additional group of the user, by name or ID", group=PROCESS)
    ] = ()
    read_only: Annotated[bool, Parameter(help="Mount the root filesystem read-only", group=STORAGE)] = False
    device: Annotated[Texts, Parameter(help="Host device to add: PATH[:PATH_IN_CONTAINER][:rwm]")] = ()

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
