"""The flags of `run` and `create` about how a container ends, comes back, and is found to be well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.health import Healthcheck
from domain.quantities import duration
from domain.spec import DEFAULT_STOP_TIMEOUT
from entrypoints.cli.usage import UsageError

_OFF = Healthcheck(("NONE",))


@Parameter(name="*")
@dataclass(frozen=True)
class LifecycleOptions:
    """Restart, stop and health flags."""

    restart: Annotated[
        str, Parameter(help="When it ends: no, always, unless-stopped or on-failure[:n] times.")
    ] = "no"
    stop_signal: Annotated[str, Parameter(help="The signal that asks it to end (the image's, or TERM).")] = ""
    stop_timeout: Annotated[
        int | None, Parameter(help="Seconds from that signal to SIGKILL (10 if not told).")
    ] = None
    health_cmd: Annotated[str, Parameter(help="A shell command that succeeds while it is well.")] = ""
    health_interval: Annotated[str, Parameter(help="Time between probes, such as 30s.")] = ""
    health_timeout: Annotated[str, Parameter(help="Time that a probe may take, such as 30s.")] = ""
    health_start_period: Annotated[str, Parameter(help="Time in which failures do not count.")] = ""
    health_retries: Annotated[int, Parameter(help="Failures in a row that make it unhealthy.")] = 0
    no_healthcheck: Annotated[bool, Parameter(help="Do not run the image's check.")] = False

    @property
    def patience(self) -> int:
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
