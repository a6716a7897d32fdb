"""What is asked of registries beside transfers."""

from __future__ import annotations

from typing import Protocol

from domain.image import Credentials


class RegistryLogins(Protocol):
    """Whether registries accept credentials. Nothing is stored, and nothing logged."""

    async def check(self, registry: str, credentials: Credentials) -> Credentials:
        """Ask a registry (`docker.io`, `localhost:5000`), and return what to keep for the next calls.

        That is a refresh token, without a username, where the registry gives one, else the credentials
        themselves. A registry that lets everybody in accepts all. Raises Unauthenticated (401, 403),
        Unavailable (the registry does not answer, or is none), InvalidArgument (its configuration cannot be read).
        """
        ...
