"""The options of a build as people write them: `type=tar,dest=out.tar`, `mode=max`, `manifest:key=value`."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from domain.build import BuildCache, BuildOutput
from domain.errors import InvalidArgument

_OUTPUTS = ("image", "registry", "local", "tar", "oci", "docker")
_CACHES = ("registry", "inline", "gha", "s3", "azblob")
_LEVELS = ("manifest", "index", "manifest-descriptor", "index-descriptor")
_NETWORKS = ("default", "none", "host")
_ENTITLEMENTS = ("network.host", "security.insecure")
STDOUT = "-"


@dataclass(frozen=True)
class SecretSource:
    """Where a secret's content is: a file, or a variable of the caller's environment; the other is ""."""

    id: str
    file: str = ""
    variable: str = ""


def fields(what: str, text: str) -> dict[str, str]:
    """Read `key=value,key=value`, where quotes as CSV has them keep commas; raises InvalidArgument."""
    try:
        (row,) = csv.reader(io.StringIO(text), strict=True)
    except (ValueError, csv.Error) as error:
        raise InvalidArgument(what, text, "not-name-value") from error
    pairs = {}
    for cell in row:
        key, equals, value = cell.partition("=")
        if not key or not equals:
            raise InvalidArgument(what, text, "not-name-value")
        pairs[key.strip().lower()] = value
    return pairs


def parse_output(text: str) -> BuildOutput:
    """Read `--output`; a path alone is a folder, `-` alone a tar archive on stdout. Raises InvalidArgument."""
    what = "output"
    if text == STDOUT:
        return BuildOutput("tar")
    if text and "=" not in text and "," not in text:
        return BuildOutput("local", {}, Path(text))
    attributes = fields(what, text)
    kind = attributes.pop("type", "")
    if kind not in _OUTPUTS:
        raise InvalidArgument(what, text, "not-one-of", ", ".join(f"type={each}" for each in _OUTPUTS))
    destination = attributes.pop("dest", "")
    if kind in {"image", "registry"} and destination:
        raise InvalidArgument(what, text, "destination-of-image")
    if kind == "local" and destination in {"", STDOUT}:
        raise InvalidArgument(what, text, "no-destination")
    if kind == "registry":
        return BuildOutput("image", {"push": "true", "store": "false"} | attributes)
    if kind == "docker" and not destination:  # as docker has it: into the store
        return BuildOutput("image", attributes)
    if kind == "oci" and attributes.get("tar", "true") == "false":
        raise InvalidArgument(what, text, "archives-only")
    return BuildOutput(kind, attributes, Path(destination) if destination not in {"", STDOUT} else None)


def parse_cache(what: str, text: str) -> BuildCache:
    """Read `--cache-from` or `--cache-to`; what is no list of pairs is a registry's reference."""
    if text and "=" not in text and "," not in text:
        return BuildCache("registry", {"ref": text})
    attributes = fields(what, text)
    kind = attributes.pop("type", "")
    if kind not in _CACHES:
        raise InvalidArgument(what, text, "not-one-of", ", ".join(f"type={each}" for each in _CACHES))
    if kind == "registry" and not attributes.get("ref"):
        raise InvalidArgument(what, text, "no-cache-reference")
    return BuildCache(kind, attributes)


def parse_secret(text: str) -> SecretSource:
    """Read `--secret id=NAME[,src=FILE|,env=VARIABLE]`; raises InvalidArgument."""
    known = fields("secret", text)
    kind = known.pop("type", "")
    name = known.pop("id", "")
    file = known.pop("src", "") or known.pop("source", "")
    variable = known.pop("env", "")
    if not name or known or kind not in {"", "file", "env"} or (file and variable):
        raise InvalidArgument("secret", text, "secret-form")
    if kind == "env":
        return SecretSource(name, variable=variable or file or name)
    return SecretSource(name, file, variable)


def parse_ssh(text: str) -> tuple[str, tuple[str, ...]]:
    """Read `--ssh default|ID[=SOCKET|KEY[,KEY]]` as the id and the paths; raises InvalidArgument."""
    name, _, paths = text.partition("=")
    if not name:
        raise InvalidArgument("SSH agent", text, "ssh-form")
    return name, tuple(path for path in paths.split(",") if path)


def parse_provenance(text: str) -> str | None:
    """Read `--provenance`: BuildKit's parameters, None for no provenance; raises InvalidArgument."""
    return _attestation("provenance", text)


def parse_sbom(text: str) -> str | None:
    """Read `--sbom`: BuildKit's parameters, None for no SBOM; raises InvalidArgument."""
    return _attestation("SBOM", text)


def _attestation(what: str, text: str) -> str | None:
    if text.lower() in {"", "false", "0"}:
        return None
    if text.lower() in {"true", "1"}:
        return ""
    pairs = fields(what, text)
    if pairs.get("disabled", "false") == "true":
        return None
    return ",".join(f"{key}={value}" for key, value in pairs.items())


def parse_annotation(text: str) -> tuple[str, str]:
    """Read `[LEVEL:]KEY=VALUE` as what BuildKit calls it (`-index.key`) and the value; raises InvalidArgument."""
    key, equals, value = text.partition("=")
    levels, colon, rest = key.partition(":")
    level = levels if colon and levels.partition("[")[0] in _LEVELS else ""
    name = rest if level else key
    if not name or not equals:
        raise InvalidArgument("annotation", text, "not-name-value")
    return f"-{level}.{name}" if level else f".{name}", value


def parse_network(text: str) -> str:
    """Read `--network`: the mode of `RUN` steps, "" for the default; raises InvalidArgument."""
    if text not in ("", *_NETWORKS):
        raise InvalidArgument("network", text, "not-one-of", ", ".join(_NETWORKS))
    return "" if text == "default" else text


def parse_entitlement(text: str) -> str:
    """Read `--allow`; raises InvalidArgument."""
    if text not in _ENTITLEMENTS:
        raise InvalidArgument("entitlement", text, "not-one-of", ", ".join(_ENTITLEMENTS))
    return text
