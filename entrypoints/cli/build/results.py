"""The files that tell programs what came of a build: `--iidfile` and `--metadata-file`."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.build import BuildResult


@dataclass(frozen=True)
class Results:
    """Where to write the image's id, and what the builder said of it as JSON; None for nowhere."""

    iidfile: Path | None
    metadata_file: Path | None

    def begin(self) -> None:
        """Empty the files: what an earlier build wrote would be taken for this one's if it failed."""
        if self.iidfile is not None:
            self.iidfile.write_text("")
        if self.metadata_file is not None:
            self.metadata_file.write_text("{}\n")

    def write(self, result: BuildResult) -> None:
        """Write what a build made."""
        if self.iidfile is not None:
            self.iidfile.write_text(result.image_id)
        if self.metadata_file is not None:
            metadata = {key: decoded(value) for key, value in sorted(result.metadata.items())}
            self.metadata_file.write_text(json.dumps(metadata, indent=2) + "\n")


def decoded(text: str) -> Any:
    """What base64 of a JSON object says, as BuildKit sends descriptors; any other text as it is."""
    try:
        value = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return text
    return value if isinstance(value, dict) else text
