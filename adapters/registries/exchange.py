"""One HTTP request, without following redirects, so that no credentials follow one to another host."""

from __future__ import annotations

import socket
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import Any

from adapters.registries.hosts import Endpoint, is_loopback
from domain.errors import K3cError, Unavailable

_TIMEOUT = 20.0  # seconds without an answer
_LARGEST = 1 << 20  # bytes of an answer


@dataclass(frozen=True)
class Answer:
    """What a registry answered."""

    status: int
    headers: Message
    body: bytes


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def ask(url: str, endpoint: Endpoint, registry: str, authorization: str = "") -> Answer:
    """Send a GET and read the answer, whatever its status. Blocks. Raises Unavailable."""
    request = urllib.request.Request(url, headers={"User-Agent": "k3c"})  # noqa: S310 - http and https alone
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    handlers: list[Any] = [_NoRedirects, urllib.request.HTTPSHandler(context=endpoint.tls)]
    if is_loopback(registry):
        handlers.append(urllib.request.ProxyHandler({}))  # a proxy has another loopback
    opener = urllib.request.build_opener(*handlers)
    try:
        with opener.open(request, timeout=_TIMEOUT) as answer:
            return Answer(answer.status, answer.headers, answer.read(_LARGEST))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, b"")
    except (OSError, HTTPException) as error:
        raise failure(error, registry) from error


def failure(error: BaseException, registry: str) -> K3cError:
    """Map what kept a registry from being asked."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, socket.gaierror):
        return Unavailable("registry", registry, "no-such-host")
    if isinstance(reason, ConnectionRefusedError):
        return Unavailable("registry", registry, "refused")
    if isinstance(reason, ssl.SSLError) and reason.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}:
        return Unavailable("registry", registry, "wants-https")
    if isinstance(reason, TimeoutError):
        return Unavailable("registry", registry, "reported", "timeout")
    return Unavailable("registry", registry, "reported", str(reason) or type(reason).__name__)
