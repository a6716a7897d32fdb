"""Users and groups as a container's own /etc/passwd and /etc/group have them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

from adapters.host.rooted import read_in_root
from application.ports.host import Account
from domain.errors import InvalidArgument, NotFound

_LARGEST_ID = 2**31 - 1


class ContainerAccounts:
    """application.ports.host.Accounts, read through /proc/<pid>/root."""

    async def find(self, pid: int, user: str) -> Account:
        """Find a user in the files of the root that the process has."""
        return await asyncio.to_thread(_find, pid, user)

    async def groups(self, root: str, names: tuple[str, ...]) -> tuple[int, ...]:
        """Find groups in the root's group file."""
        return await asyncio.to_thread(_groups, root, names)


def _groups(root: str, names: tuple[str, ...]) -> tuple[int, ...]:
    opened = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        known = {fields[0]: int(fields[2]) for fields in _lines(opened, "etc/group")}
    finally:
        os.close(opened)
    for name in names:
        if name not in known:
            raise InvalidArgument("group", name, "the image has no such group")
    return tuple(known[name] for name in names)


def _find(pid: int, user: str) -> Account:
    try:
        root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise NotFound("container", f"process {pid}") from error
    try:
        return lookup(user, _lines(root, "etc/passwd"), _lines(root, "etc/group"))
    finally:
        os.close(root)


def lookup(user: str, passwd: list[list[str]], group: list[list[str]]) -> Account:
    """Return what `name|uid[:group|gid]` means by the fields of both files; raises InvalidArgument.

    This does what containerd does: an id need not be in the files. A user without a group brings its own
    group and those that list the user; a user with a stated group brings no other groups.
    """
    name, colon, group_name = user.partition(":")
    if not name or (colon and not group_name) or ":" in group_name:
        raise InvalidArgument("user", user, "use name|uid[:group|gid]")
    entry = next((fields for fields in passwd if name in (fields[0], fields[2])), None)
    if entry is None and not name.isdecimal():
        raise InvalidArgument("user", user, "the container has no such user")
    uid = int(entry[2]) if entry else int(name)
    gid = int(entry[3]) if entry else 0
    more: tuple[int, ...] = ()
    if group_name:
        found = next((fields for fields in group if group_name in (fields[0], fields[2])), None)
        if found is None and not group_name.isdecimal():
            raise InvalidArgument("user", user, "the container has no such group")
        gid = int(found[2]) if found else int(group_name)
    elif entry:
        more = tuple(int(fields[2]) for fields in group if entry[0] in fields[3].split(","))
    if max(uid, gid) > _LARGEST_ID:
        raise InvalidArgument("user", user, f"ids go from 0 to {_LARGEST_ID}")
    return Account(uid, gid, more, entry[5] if entry else "")


def _lines(root: int, path: str) -> list[list[str]]:
    """Return the usable lines of a passwd or group file; no lines if it cannot be read."""
    try:
        text = read_in_root(root, path).decode(errors="replace")
    except OSError:
        return []
    return list(_usable(text))


def _usable(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        fields = [*line.strip().split(":"), "", "", "", ""][:7]
        if fields[0] and fields[2].isdecimal() and (len(line.split(":")) < 7 or fields[3].isdecimal()):
            yield fields
