"""Whether a registry accepts credentials: the flows of Basic and Bearer, by the distribution specification."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from adapters.registries.exchange import Answer, ask
from adapters.registries.hosts import Endpoint, HostsFolder, is_loopback
from domain.errors import K3cError, Unauthenticated, Unavailable
from domain.image import Credentials

_CLIENT = "k3c"
_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]*))')
_REFUSED = {400, 401}  # some token services answer 400 to a wrong password


@dataclass(frozen=True)
class HttpRegistryLogins:
    """application.ports.registries.RegistryLogins."""

    hosts: HostsFolder

    async def check(self, registry: str, credentials: Credentials) -> Credentials:
        """Ask in a thread: what urllib does blocks."""
        return await asyncio.to_thread(self._check, registry, credentials)

    def _check(self, registry: str, credentials: Credentials) -> Credentials:
        endpoint = self.hosts.endpoint(registry)
        url = f"{endpoint.url}/v2/"
        first = ask(url, endpoint, registry)
        if first.status != 401:
            _check_status(first, registry)
            return credentials
        scheme, parameters = challenge(first.headers.get("WWW-Authenticate", ""))
        kept, authorization = credentials, _basic(credentials)
        if scheme == "bearer":
            kept, authorization = _token(endpoint, registry, parameters, credentials)
        _check_status(ask(url, endpoint, registry, authorization), registry)
        return kept


def challenge(header: str) -> tuple[str, dict[str, str]]:
    """Return the scheme of a `WWW-Authenticate`, in lower case, and its parameters."""
    scheme, _, rest = header.strip().partition(" ")
    return scheme.lower(), {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(rest)}


def _token(
    endpoint: Endpoint, registry: str, parameters: dict[str, str], credentials: Credentials
) -> tuple[Credentials, str]:
    """Fetch a token; returns what to keep, a refresh token if there is one, and the header to go on with."""
    realm = parameters.get("realm", "")
    _check_realm(realm, endpoint, registry)
    query = {"account": credentials.username, "client_id": _CLIENT, "offline_token": "true"}
    query |= {name: parameters[name] for name in ("service", "scope") if parameters.get(name)}
    joined = f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}"
    answer = ask(joined, endpoint, registry, _basic(credentials))
    if answer.status in _REFUSED:
        raise Unauthenticated(registry, "unauthorized")
    _check_status(answer, registry)
    try:
        document = json.loads(answer.body)
        token = document.get("token") or document["access_token"]
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise Unavailable("registry", registry, "no-token") from error
    refresh = document.get("refresh_token")
    return Credentials("", refresh) if refresh else credentials, f"Bearer {token}"


def _check_realm(realm: str, endpoint: Endpoint, registry: str) -> None:
    """Raise Unavailable for a token service that is less safe than its registry: it would get the password."""
    parts = urlsplit(realm)
    is_plain = parts.scheme == "http" and not is_loopback(parts.netloc)
    if parts.scheme not in {"http", "https"} or (is_plain and endpoint.url.startswith("https:")):
        raise Unavailable("registry", registry, "redirects", realm)


def _check_status(answer: Answer, registry: str) -> None:
    """Raise the error of a status that is no success."""
    if answer.status >= 300:
        raise _status_error(answer, registry)


def _status_error(answer: Answer, registry: str) -> K3cError:
    if answer.status == 401:
        return Unauthenticated(registry, "unauthorized")
    if answer.status == 403:
        return Unauthenticated(registry, "forbidden")
    if answer.status < 400:
        return Unavailable("registry", registry, "redirects", answer.headers.get("Location", ""))
    return Unavailable("registry", registry, "answers", str(answer.status))


def _basic(credentials: Credentials) -> str:
    pair = f"{credentials.username}:{credentials.secret}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"
