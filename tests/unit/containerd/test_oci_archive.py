"""Archives made in memory."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

from adapters.containerd.images.oci_archive import single_layer_image
from tests.oci_archive import blobs_of

FILES = {"bin/one": (b"1", 0o755), "two": (b"22", 0o640)}


def test_the_same_input_is_the_same_image() -> None:
    assert single_layer_image(FILES, {"Env": ["A=b"]}) == single_layer_image(FILES, {"Env": ["A=b"]})
    assert single_layer_image(FILES, {}) != single_layer_image(FILES, {"Env": ["A=b"]})


def test_every_blob_is_what_its_name_says() -> None:
    blobs = {name: data for name, data in blobs_of(single_layer_image(FILES, {})).items() if "/" in name}
    assert len(blobs) == 3
    for name, data in blobs.items():
        assert name == f"blobs/sha256/{hashlib.sha256(data).hexdigest()}"


def test_the_files_are_in_the_layer() -> None:
    files = blobs_of(single_layer_image(FILES, {"Cmd": ["x"]}))

    def blob(descriptor: dict[str, str]) -> bytes:
        return files[f"blobs/{descriptor['digest'].replace(':', '/')}"]

    manifest = json.loads(blob(json.loads(files["index.json"])["manifests"][0]))
    config = json.loads(blob(manifest["config"]))
    layer = blob(manifest["layers"][0])
    assert config["config"] == {"Cmd": ["x"]}
    assert config["rootfs"]["diff_ids"] == [manifest["layers"][0]["digest"]]
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        assert {entry.name: entry.mode for entry in tar} == {"bin/one": 0o755, "two": 0o640}
