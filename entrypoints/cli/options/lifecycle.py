"""The flags of `run` and `create` about how a container ends, comes back, and is found to be well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.health import Healthcheck
from domain.quantities import duration
from domain.spec import DEFAULT_STOP_TIMEOUT
from entrypoints.cli.options.groups import HEALTH, LIFECYCLE
from entrypoints.cli.usage import UsageError

_OFF = Healthcheck(("NONE",))


@Parameter(name="*", group=LIFECYCLE)
@dataclass(frozen=True)
class LifecycleOptions:
    """Restart, stop and health flags."""

    restart: Annotated[
        str, Parameter(help="Restart policy: no, always, unless-stopped or on-failure[:MAX]")
    ] = "no"
    stop_signal: Annotated[
        str, Parameter(help="Signal to stop the container (default: the image's, or SIGTERM)")
    ] = ""
    stop_timeout: Annotated[
        int | None,
        Parameter(help=f"Seconds to wait before killing the container (default {DEFAULT_STOP_TIMEOUT})"),
    ] = None
    health_cmd: Annotated[str, Parameter(help="Command to run to check health", group=HEALTH)] = ""
    health_interval: Annotated[
        str, Parameter(help="Time between checks, such as 30s", metavar="duration", group=HEALTH)
    ] = ""
    health_timeout: Annotated[
        str, Parameter(help="Time limit of a check, such as 30s", metavar="duration", group=HEALTH)
    ] = ""
    health_start_period: Annotated[
        str,
        Parameter(
            help="Time to start up, in which failures are not counted", metavar="duration", group=HEALTH
        ),
    ] = ""
    health_retries: Annotated[
        int, Parameter(help="Consecutive failures before the container is unhealthy", group=HEALTH)
    ] = 0
    no_healthcheck: Annotated[bool, Parameter(help="Disable the health check of the image", group=HEALTH)] = (
        False
    )

    @property
    def stop_seconds(self) -> int:
        """The stop timeout in seconds; raises InvalidArgument."""
        if self.stop_timeout is None:
            return DEFAULT_STOP_TIMEOUT
        if self.stop_timeout < 0:
            raise InvalidArgument("stop timeout", str(self.stop_timeout), "seconds-form")
        return self.stop_timeout

    @property
    def healthcheck(self) -> Healthcheck:
        """The check that the flags ask for; raises InvalidArgument, UsageError."""
        check = Healthcheck(
            test=("CMD-SHELL", self.health_cmd) if self.health_cmd else (),
            interval=duration("health interval", self.health_interval),
            timeout=duration("health timeout", self.health_timeout),
            start_period=duration("health start period", self.health_start_period),
            retries=self.health_retries,
        )
        if not self.no_healthcheck:
            return check
        if check != Healthcheck():
            raise UsageError("no-healthcheck-with-check")
        return _OFF
