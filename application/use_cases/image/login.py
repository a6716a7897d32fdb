"""`login`: ask a registry whether it accepts credentials."""

from __future__ import annotations

from dataclasses import dataclass

from application.ports.registries import RegistryLogins
from domain.errors import InvalidArgument
from domain.image import Credentials, ImageReference


@dataclass(frozen=True)
class LogIn:
    """`login`."""

    logins: RegistryLogins

    async def __call__(self, registry: str, credentials: Credentials | None) -> Credentials:
        """What to keep for later calls. Raises InvalidArgument, Unauthenticated, Unavailable."""
        try:
            host = ImageReference.parse(f"{registry}/any").registry
        except InvalidArgument as error:
            raise InvalidArgument("registry", registry, "registry-form") from error
        if host != registry:
            raise InvalidArgument("registry", registry, "registry-form")
        if credentials is None:
            raise InvalidArgument("password", "", "empty")
        return await self.logins.check(registry, credentials)
