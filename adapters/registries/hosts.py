"""How a registry is reached: its URL and TLS, from containerd's `hosts.toml` (`<folder>/<host>/hosts.toml`).

Only the registry itself is read here, `server` and what stands beside it: mirrors serve pulls, which containerd does.
"""

from __future__ import annotations

import ipaddress
import ssl
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import InvalidArgument
from domain.image import DEFAULT_REGISTRY

_HUB = "registry-1.docker.io"
_DEFAULT = "_default"


@dataclass(frozen=True)
class Endpoint:
    """Where a registry's API is: `url` without the slash at its end, and the TLS to reach it with."""

    url: str
    tls: ssl.SSLContext


@dataclass(frozen=True)
class HostsFolder:
    """containerd's folder of hosts, "" for none, and the registries that are used by plain http."""

    folder: str = ""
    plain_http: tuple[str, ...] = ()

    def endpoint(self, registry: str) -> Endpoint:
        """Return where a registry (`docker.io`, `localhost:5000`) is. Raises InvalidArgument for a file at fault."""
        path = self._file(registry)
        entry = {} if path is None else _read(path)
        host = _HUB if registry == DEFAULT_REGISTRY else registry
        scheme = "http" if registry in self.plain_http or is_loopback(registry) else "https"
        server = str(entry.get("server") or f"{scheme}://{host}").rstrip("/")
        url = server if "://" in server else f"{scheme}://{server}"
        try:
            return Endpoint(url.removesuffix("/v2"), _tls(entry, path))
        except (OSError, ValueError, TypeError) as error:  # ssl's own errors are OSErrors
            raise InvalidArgument("registry configuration", str(path), "reported", str(error)) from error

    def _file(self, registry: str) -> Path | None:
        """The first of the files that containerd would read, None where there is none."""
        if not self.folder:
            return None
        host, colon, port = registry.rpartition(":")
        names = [registry, *([f"{host}_{port}_"] if colon else []), _DEFAULT]
        files = (Path(self.folder) / name / "hosts.toml" for name in names)
        return next((file for file in files if file.is_file()), None)


def is_loopback(registry: str) -> bool:
    """Return whether a registry's host is an address of this machine alone."""
    host = registry if registry.endswith("]") or ":" not in registry else registry.rpartition(":")[0]
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidArgument("registry configuration", str(path), "reported", str(error)) from error


def _tls(entry: dict[str, Any], path: Path | None) -> ssl.SSLContext:
    """Make the TLS of a file's first level: `ca`, `client` and `skip_verify`; paths are relative to the file."""
    context = ssl.create_default_context()
    if path is None:
        return context
    for authority in _listed(entry.get("ca", [])):
        context.load_verify_locations(path.parent / authority)
    for pair in _listed(entry.get("client", [])):
        certificate, key = (pair, None) if isinstance(pair, str) else pair
        context.load_cert_chain(path.parent / certificate, path.parent / key if key else None)
    if entry.get("skip_verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _listed(value: Any) -> list[Any]:
    """`"a"` is one, `["a", "b"]` are two; so containerd reads its file."""
    return [value] if isinstance(value, str) else list(value)
