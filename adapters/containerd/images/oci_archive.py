"""Small images made in memory, as OCI image layouts."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import Any

from adapters.containerd.images.platforms import own_platform

_EPOCH = "1970-01-01T00:00:00Z"


def single_layer_image(files: dict[str, tuple[bytes, int]], config: dict[str, Any]) -> bytes:
    """Return a tar with an OCI layout of an image with a single layer.

    `files` maps a path (without a leading slash) to content and mode; `config` is the `config` part of the
    OCI image config (`Entrypoint`, `Env` …). The same input always gives the same bytes.
    """
    layer = _tar(files)
    own = own_platform()
    image = _json(
        {
            "created": _EPOCH,
            "architecture": own.architecture,
            "os": own.os,
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _descriptor("application/vnd.oci.image.config.v1+json", image),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
        }
    )
    index = _json(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [_descriptor("application/vnd.oci.image.manifest.v1+json", manifest)],
        }
    )
    blobs = {f"blobs/sha256/{_digest(blob)[7:]}": (blob, 0o644) for blob in (layer, image, manifest)}
    layout = _json({"imageLayoutVersion": "1.0.0"})
    return _tar({"oci-layout": (layout, 0o644), "index.json": (index, 0o644), **blobs})


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True).encode()


def _tar(files: dict[str, tuple[bytes, int]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, (content, mode) in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
