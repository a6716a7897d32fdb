"""Between the domain and BuildKit's messages."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp

from adapters.buildkit.proto.control_pb2 import Exporter, SolveRequest, VertexWarning
from adapters.buildkit.proto.fsutil_pb2 import Packet, Stat
from adapters.buildkit.walker import Entry
from domain.build import BuildRequest, BuildResult
from domain.image import UNNAMED_REPOSITORY

CONTEXT = "context"
DOCKERFILE = "dockerfile"
"""The names that the Dockerfile frontend asks local sources by."""


def solve_request(request: BuildRequest, reference: str, session: str) -> SolveRequest:
    """Map a build request to a request to the Dockerfile frontend and the image exporter."""
    return SolveRequest(
        Ref=reference,
        Session=session,
        Frontend="dockerfile.v0",
        FrontendAttrs=frontend_attributes(request),
        Exporters=[Exporter(Type="image", Attrs=exporter_attributes(request))],
    )


def frontend_attributes(request: BuildRequest) -> dict[str, str]:
    """Return the options of `dockerfile.v0`."""
    attributes = {"filename": request.dockerfile.name}
    if request.no_cache:
        attributes["no-cache"] = ""  # without a value: for all stages
    optional = {
        "target": request.target,
        "image-resolve-mode": "pull" if request.pull else "local",
        "platform": ",".join(request.platforms),
    }
    attributes |= {key: value for key, value in optional.items() if value}
    attributes |= {f"build-arg:{name}": value for name, value in request.build_arguments.items()}
    attributes |= {f"label:{name}": value for name, value in request.labels.items()}
    return attributes


def exporter_attributes(request: BuildRequest) -> dict[str, str]:
    """Return the options of the `image` exporter.

    Without any name the exporter leaves the image to the garbage collector, so an image without tags gets a
    name made from its digest.
    """
    if not request.tags:
        return {"dangling-name-prefix": UNNAMED_REPOSITORY, "unpack": "true"}
    return {"name": ",".join(str(tag.tagged()) for tag in request.tags), "unpack": "true"}


def build_result(response: dict[str, str]) -> BuildResult:
    """Map what the exporter says that it made."""
    return BuildResult(response["containerimage.digest"], response["containerimage.config.digest"])


def shared_key(context: Path) -> str:
    """Return a key for a context folder: the daemon keeps what it last got from the folder of a key."""
    return "k3c:" + hashlib.sha256(str(context).encode(errors="surrogateescape")).hexdigest()[:32]


def seconds(moment: Timestamp) -> float:
    """Return the seconds since the epoch."""
    return moment.seconds + moment.nanos / 1e9


def warning_location(warning: VertexWarning) -> str:
    """Return `file:line` of what a warning is about, "" if it does not say."""
    line = min((each.start.line for each in warning.ranges), default=0)
    return f"{posixpath.basename(warning.info.filename)}:{line}" if warning.info.filename and line else ""


def stat_packet(entry: Entry) -> bytes:
    """Make the packet that announces a file; owner and group stay 0, as builds want them."""
    major, minor = entry.device
    stat = Stat(
        path=entry.path,
        mode=entry.mode,
        size=entry.size,
        modTime=entry.modified,
        linkname=entry.link,
        devmajor=major,
        devminor=minor,
        xattrs=_xattrs(entry.xattrs.items()),
    )
    return Packet(type=Packet.PACKET_STAT, stat=stat).SerializeToString()


def data_packet(number: int, length: int) -> bytes:
    """Make the head of a DATA packet with `length` bytes of data; the data follow it and need not be copied."""
    head = Packet(type=Packet.PACKET_DATA, ID=number).SerializeToString()
    return head + b"\x22" + _varint(length) if length else head  # field 4, length-delimited


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _xattrs(items: Iterable[tuple[bytes, bytes]]) -> list[Stat.Xattr]:
    return [Stat.Xattr(key=key, value=value) for key, value in items]
