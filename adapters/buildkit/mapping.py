"""Between the domain and BuildKit's messages."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Iterable
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp

from adapters.buildkit.proto.control_pb2 import (
    CacheOptions,
    CacheOptionsEntry,
    Exporter,
    SolveRequest,
    VertexWarning,
)
from adapters.buildkit.proto.fsutil_pb2 import Packet, Stat
from adapters.buildkit.walker import Entry
from domain.build import BuildCache, BuildOutput, BuildRequest, BuildResult
from domain.image import UNNAMED_REPOSITORY

CONTEXT = "context"
DOCKERFILE = "dockerfile"
"""The names that the Dockerfile frontend asks local sources by."""

_FILES = frozenset(("local", "tar"))  # exporters of files, which know no images


def solve_request(request: BuildRequest, reference: str, session: str) -> SolveRequest:
    """Map a build request to a request to the Dockerfile frontend and its exporters."""
    return SolveRequest(
        Ref=reference,
        Session=session,
        Frontend="dockerfile.v0",
        FrontendAttrs=frontend_attributes(request),
        Cache=CacheOptions(Exports=map(_cache, request.cache_to)),
        Entitlements=request.entitlements,
        Exporters=[
            Exporter(Type=output.kind, Attrs=exporter_attributes(output, request))
            for output in request.exports
        ],
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
        "no-cache": ",".join(request.no_cache_stages),
        "add-hosts": ",".join(request.extra_hosts),
        "force-network-mode": request.network,
        "shm-size": str(request.shm_size or ""),
        "ulimit": ",".join(request.ulimits),
        "cache-imports": _cache_imports(request.cache_from),
    }
    attributes |= {key: value for key, value in optional.items() if value}
    attributes |= {f"build-arg:{name}": value for name, value in request.build_arguments.items()}
    attributes |= {f"label:{name}": value for name, value in request.labels.items()}
    return attributes | {f"attest:{kind}": value for kind, value in request.attestations.items()}


def _cache(cache: BuildCache) -> CacheOptionsEntry:
    return CacheOptionsEntry(Type=cache.kind, Attrs=cache.attributes)


def _cache_imports(caches: Iterable[BuildCache]) -> str:
    entries = [{"Type": cache.kind, "Attrs": cache.attributes} for cache in caches]
    return json.dumps(entries) if entries else ""


def exporter_attributes(output: BuildOutput, request: BuildRequest) -> dict[str, str]:
    """Return the options of an output's exporter; what the output itself says goes before.

    Without any name the image exporter leaves the image to the garbage collector, so an image without tags
    gets a name made from its digest.
    """
    if output.kind in _FILES:
        return output.attributes
    names = {"name": ",".join(str(tag.tagged()) for tag in request.tags)} if request.tags else {}
    attributes = {f"annotation{name}": value for name, value in request.annotations.items()}
    if output.is_stored:
        names = names or {"dangling-name-prefix": UNNAMED_REPOSITORY}
        # BuildKit refuses to do both: unpacking is of no use to layers that are to be written again.
        rewritten = output.attributes.get("rewrite-timestamp", "false") != "false"
        attributes |= {} if rewritten else {"unpack": "true"}
    return names | attributes | output.attributes


def build_result(response: dict[str, str]) -> BuildResult:
    """Map what the exporters say that they made."""
    digest = response.get("containerimage.digest", "")
    return BuildResult(digest, response.get("containerimage.config.digest", digest), response)


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
