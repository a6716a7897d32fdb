"""Files below a root that is not trusted, in and out as tar streams.

A container may change its links while its files are read. So every folder is opened by openat2(2) within
the root, and its entries are used by their names in the open folder, following no link.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import stat
import tarfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from adapters.host.errors import translated
from adapters.host.rooted import open_in_root
from application.ports.files import PathStat
from domain.errors import Conflict, InvalidArgument, NotFound, RuntimeFailed

SERVICE = "container files"
_CHUNK = 1 << 18
_LINKS = 16


class LinuxRootedFiles:
    """application.ports.files.RootedFiles."""

    async def stat(self, root: str, path: str) -> PathStat:
        """Call lstat(2) in the folder."""
        return await asyncio.to_thread(_stat, root, path)

    async def pack(
        self, root: str, path: str, *, follow: bool, root_name: str = "."
    ) -> AsyncGenerator[bytes, None]:
        """Run GNU tar on the open folder: it opens what it packs without following links."""
        place = await asyncio.to_thread(_followed, root, path) if follow else path
        pure = PurePosixPath(place)
        # tar would take `..` for the folder above, which that of the root is outside of it.
        parent, name = (pure, "") if pure.name == ".." else (pure.parent, pure.name)
        with _opened_folder(root, str(parent)) as folder:
            _check_there(folder, name, path)
            renaming = (
                () if name else (f"--transform=s,^\\.,{_replacement(root_name)},S",)
            )  # S: no link targets
            process = await asyncio.create_subprocess_exec(
                *("tar", "-C", f"/proc/self/fd/{folder}", "--numeric-owner", *renaming),
                *("-cf", "-", "--", name or "."),
                pass_fds=(folder,),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            assert process.stdout is not None
            assert process.stderr is not None
            saying = asyncio.create_task(_beginning(process.stderr), name="what tar says")
            try:
                while chunk := await process.stdout.read(_CHUNK):
                    yield chunk
                said = await saying
                if await process.wait() > 1:  # 1: a file changed while it was read
                    raise RuntimeFailed(SERVICE, "reported", said.decode(errors="replace").strip()[:300])
            finally:
                saying.cancel()
                with suppress(ProcessLookupError):
                    process.kill()
                while await process.stdout.read(
                    _CHUNK
                ):  # asyncio sees no end of it before that of its output
                    pass
                await process.wait()

    async def unpack(self, root: str, folder: str, tar: AsyncIterator[bytes]) -> None:
        """Unpack member by member, in a thread that reads from a pipe."""
        reading, writing = os.pipe()
        unpacking = asyncio.create_task(asyncio.to_thread(_unpack, root, folder, reading), name="unpack")
        loop = asyncio.get_running_loop()
        pipe, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(writing, "wb", 0)
        )
        writer = asyncio.StreamWriter(pipe, protocol, None, loop)
        try:
            async for chunk in tar:
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            pass  # the thread wants no more: it says why
        finally:
            writer.close()
            await asyncio.wait({unpacking})
        unpacking.result()


async def _beginning(stream: asyncio.StreamReader) -> bytes:
    """Read a stream to its end, so that its writer does not wait, and return what it begins with."""
    said = b""
    while more := await stream.read(_CHUNK):
        said = said or more
    return said


def _check_there(folder: int, name: str, path: str) -> None:
    """Raise NotFound where an open folder has no such name."""
    try:
        os.lstat(name or ".", dir_fd=folder)
    except FileNotFoundError as error:
        raise NotFound("path in the container", path) from error


def _replacement(name: str) -> str:
    """Return a name as the right side of GNU tar's s,…,…, expression."""
    return re.sub(r"[\\&,]", r"\\\g<0>", name)


@contextmanager
def _opened_folder(root: str, path: str) -> Iterator[int]:
    """Open a folder within the root. Raises NotFound."""
    top = _open_root(root)
    try:
        with translated(SERVICE, path):
            try:
                folder = open_in_root(top, path, os.O_RDONLY | os.O_DIRECTORY)
            except (FileNotFoundError, NotADirectoryError) as error:
                raise NotFound("path in the container", path) from error
    finally:
        os.close(top)
    try:
        yield folder
    finally:
        os.close(folder)


def _open_root(root: str) -> int:
    try:
        return os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotFound("folder on this machine", root) from error
    except NotADirectoryError as error:
        raise Conflict("path on this machine", root, "not-a-directory") from error


def _stat(root: str, path: str) -> PathStat:
    pure = PurePosixPath("/", path)
    if pure.name in {"", ".."}:
        os.close(_open_root(root))
        return PathStat(exists=True, is_folder=True)
    try:
        with _opened_folder(root, str(pure.parent)) as folder:
            found = os.lstat(pure.name, dir_fd=folder)
            if not stat.S_ISLNK(found.st_mode):
                return PathStat(exists=True, is_folder=stat.S_ISDIR(found.st_mode))
            target = os.readlink(pure.name, dir_fd=folder)
    except (NotFound, FileNotFoundError):
        return PathStat()
    # A link counts as the folder that it leads to, within the root.
    try:
        with _opened_folder(root, str(pure)):
            return PathStat(exists=True, is_folder=True, link_target=target)
    except (NotFound, RuntimeFailed):
        return PathStat(exists=True, link_target=target)


def _followed(root: str, path: str) -> str:
    """Return the path with its last component's links resolved within the root."""
    for _ in range(_LINKS):
        target = _stat(root, path).link_target
        if not target:
            return path
        path = str(PurePosixPath(path).parent / target)
    raise RuntimeFailed(SERVICE, "too-many-links", path)


def _unpack(root: str, folder: str, reading: int) -> None:
    with os.fdopen(reading, "rb") as pipe, _opened_folder(root, folder) as base:
        try:
            with tarfile.open(fileobj=pipe, mode="r|*") as archive:
                for member in archive:
                    _put(base, archive, member)
            while pipe.read(_CHUNK):  # what comes after the end: the sender is not to be cut off
                pass
        except tarfile.TarError as error:
            raise InvalidArgument("tar stream", "", "tar-form", str(error)) from error
        except OSError as error:
            raise RuntimeFailed(
                SERVICE, "reported", f"{error.filename or folder}: {error.strerror}"
            ) from error


def _put(base: int, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    """Unpack a member below the open folder, in place of an existing entry."""
    parts = [part for part in PurePosixPath(member.name).parts if part not in {"/", ".", ".."}]
    if not parts:
        return
    parent = _made(base, "/".join(parts[:-1]))
    try:
        name = parts[-1]
        if member.issym():
            _make_link(parent, name, member)
        elif member.islnk():
            _make_hard_link(base, parent, name, member)
        else:
            made = _make(parent, name, archive, member)
            try:
                _set_attributes(made, member)
            finally:
                os.close(made)
    finally:
        os.close(parent)


def _set_attributes(made: int, member: tarfile.TarInfo) -> None:
    """Set them through the descriptor: by its name it could be a link by now, which leads out of the root."""
    path = f"/proc/self/fd/{made}"
    os.chown(path, member.uid, member.gid)
    Path(path).chmod(member.mode & 0o7777)  # after the owner: that takes away setuid
    os.utime(path, (member.mtime, member.mtime))


def _make_link(parent: int, name: str, member: tarfile.TarInfo) -> None:
    _remove(parent, name)
    os.symlink(member.linkname, name, dir_fd=parent)
    os.chown(name, member.uid, member.gid, dir_fd=parent, follow_symlinks=False)
    os.utime(name, (member.mtime, member.mtime), dir_fd=parent, follow_symlinks=False)


def _make_hard_link(base: int, parent: int, name: str, member: tarfile.TarInfo) -> None:
    _remove(parent, name)
    source = PurePosixPath(member.linkname.lstrip("/"))
    folder = _made(base, str(source.parent))
    try:
        os.link(source.name, name, src_dir_fd=folder, dst_dir_fd=parent, follow_symlinks=False)
    finally:
        os.close(folder)


def _make(parent: int, name: str, archive: tarfile.TarFile, member: tarfile.TarInfo) -> int:
    """Make what is no link, and return it open."""
    if member.isdir():
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=parent)
        return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    _remove(parent, name)
    if member.isfile():
        return _make_file(parent, name, archive, member)
    kinds = {tarfile.CHRTYPE: stat.S_IFCHR, tarfile.BLKTYPE: stat.S_IFBLK, tarfile.FIFOTYPE: stat.S_IFIFO}
    kind = kinds.get(member.type)
    if kind is None:
        raise InvalidArgument("tar member", member.name, "tar-member")
    os.mknod(name, kind | 0o600, os.makedev(member.devmajor, member.devminor), dir_fd=parent)
    made = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    if stat.S_IFMT(os.fstat(made).st_mode) != kind:
        os.close(made)
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), name)  # somebody put something else there
    return made


def _make_file(parent: int, name: str, archive: tarfile.TarFile, member: tarfile.TarInfo) -> int:
    content = archive.extractfile(member)
    assert content is not None
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    made = os.open(name, flags, 0o600, dir_fd=parent)
    try:
        with os.fdopen(made, "wb", closefd=False) as file:
            while chunk := content.read(_CHUNK):
                file.write(chunk)
    except BaseException:
        os.close(made)
        raise
    return made


def _remove(parent: int, name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=parent)


def _made(base: int, path: str) -> int:
    """Open a folder below the base, made where it is missing; links lead nowhere above the base."""
    try:
        return open_in_root(base, path or ".", os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        pure = PurePosixPath(path)
        parent = _made(base, "" if str(pure.parent) == "." else str(pure.parent))
        try:
            os.mkdir(pure.name, 0o755, dir_fd=parent)
        finally:
            os.close(parent)
        return open_in_root(base, path, os.O_RDONLY | os.O_DIRECTORY)
