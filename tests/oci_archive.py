"""Images for tests: OCI layouts in tars, made in memory, the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import AsyncIterator
from typing import Any

from adapters.containerd.images.oci_archive import single_layer_image

CHUNK = 1 << 20


def an_archive(text: str, **config: Any) -> bytes:
    """An image of this machine's platform with one file, which makes it differ from others."""
    return single_layer_image({"text": (text.encode(), 0o644)}, config)


async def in_chunks(data: bytes, size: int = CHUNK) -> AsyncIterator[bytes]:
    """An archive as it comes off a wire."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def blobs_of(archive: bytes) -> dict[str, bytes]:
    """The files of a layout, by path."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {entry.name: content.read() for entry in tar if (content := tar.extractfile(entry))}


def index_archive(archives: dict[str, bytes]) -> bytes:
    """One image for several platforms (`os/architecture`), of archives of one image each."""
    files: dict[str, bytes] = {}
    manifests = []
    for platform, archive in archives.items():
        layout = blobs_of(archive)
        entry = json.loads(layout["index.json"])["manifests"][0]
        system, architecture = platform.split("/")
        manifest = json.loads(layout[_path(entry["digest"])])
        config = {**json.loads(layout[_path(manifest["config"]["digest"])])}
        config_blob = json.dumps({**config, "os": system, "architecture": architecture}).encode()
        manifest["config"].update(digest=_digest(config_blob), size=len(config_blob))
        blob = json.dumps(manifest).encode()
        entry.update(
            digest=_digest(blob), size=len(blob), platform={"os": system, "architecture": architecture}
        )
        manifests.append(entry)
        files |= {**layout, _path(_digest(config_blob)): config_blob, _path(entry["digest"]): blob}
    media_type = "application/vnd.oci.image.index.v1+json"
    files["index.json"] = json.dumps(
        {"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}
    ).encode()
    return _tar(files)


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
