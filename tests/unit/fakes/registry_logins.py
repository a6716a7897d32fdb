"""Registries that are asked for logins, in memory."""

from __future__ import annotations

from domain.errors import Unauthenticated, Unavailable
from domain.image import Credentials


class FakeRegistryLogins:
    """RegistryLogins: `locked` are the credentials that registries want, `tokens` the refresh tokens they give.

    `forbidden` registries let no account in, `down` do not answer.
    """

    def __init__(self) -> None:
        self.locked: dict[str, Credentials] = {}
        self.tokens: dict[str, str] = {}
        self.forbidden: set[str] = set()
        self.down: set[str] = set()

    async def check(self, registry: str, credentials: Credentials) -> Credentials:
        """Ask the registry."""
        if registry in self.down:
            raise Unavailable("registry", registry, "refused")
        if registry in self.forbidden:
            raise Unauthenticated(registry, "forbidden")
        if self.locked.get(registry, credentials) != credentials:
            raise Unauthenticated(registry, "unauthorized")
        token = self.tokens.get(registry)
        return Credentials("", token) if token else credentials
