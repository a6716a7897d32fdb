"""`k3c update`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

from cyclopts import Parameter

from domain.spec import RestartPolicy
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.ports import port_to_wire
from entrypoints.api.mapping.spec import resources_to_wire, restart_to_wire
from entrypoints.cli.connection.unary import Client, for_each
from entrypoints.cli.options.names import Names
from entrypoints.cli.options.resources import LimitOptions
from entrypoints.cli.options.run import environment, labels, published
from entrypoints.cli.ui.output import print_notice
from entrypoints.cli.usage import UsageError


@Parameter(name="*")
@dataclass(frozen=True)
class Changes:
    """Flags of `update`."""

    limits: LimitOptions = field(default_factory=LimitOptions)
    restart: Annotated[
        str, Parameter(help="Restart policy: no, always, unless-stopped or on-failure[:MAX]")
    ] = ""
    env: Annotated[
        tuple[str, ...],
        Parameter(name=["--env", "-e"], help="Environment variable to add or replace, NAME=VALUE"),
    ] = ()
    label: Annotated[
        tuple[str, ...], Parameter(name=["--label", "-l"], help="Label to add or replace, NAME=VALUE")
    ] = ()
    publish: Annotated[
        tuple[str, ...],
        Parameter(name=["--publish", "-p"], help="Port to publish; replaces all published ports"),
    ] = ()


def update(*containers: Names, changes: Changes = Changes()) -> int:
    """Change limits, ports and other settings of containers.

    Limits and the restart policy of a running container change at once. Any other change restarts it:
    ID, name and volumes are kept, the root filesystem is recreated.
    """
    if changes == Changes():
        raise UsageError("nothing-to-change")
    request = _request(changes)

    def begin(client: Client, name: str) -> Iterator[pb.UpdateContainerResponse]:
        request_for_one = pb.UpdateContainerRequest(container=name)
        request_for_one.MergeFrom(request)
        return client.containers.Update(request_for_one)

    def finish(name: str, plans: Iterator[pb.UpdateContainerResponse]) -> str:
        for plan in plans:
            print_notice(f"k3c: {plan.name}: {_what_will_happen(plan)}")
        return name

    return for_each(containers, begin, finish)


def _what_will_happen(plan: pb.UpdateContainerResponse) -> str:
    if plan.replaces:
        return "it is stopped and started afresh: what it wrote to its own file system is lost, volumes stay"
    return (
        "it goes on running and is changed at once"
        if plan.running
        else "the change holds from its next start"
    )


def _request(changes: Changes) -> pb.UpdateContainerRequest:
    policy = RestartPolicy.parse(changes.restart) if changes.restart else None
    return pb.UpdateContainerRequest(
        resources=resources_to_wire(changes.limits.resources),
        restart=None if policy is None else restart_to_wire(policy),
        environment=environment((), changes.env),
        labels=labels(changes.label),
        ports=map(port_to_wire, published(changes.publish)),
    )
