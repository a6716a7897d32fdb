"""`k3c update`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.spec import RestartPolicy
from entrypoints.api import mapping
from entrypoints.api.k3c.v1 import k3c_pb2
from entrypoints.api.k3c.v1 import lifecycle_pb2 as pb
from entrypoints.cli.client import Client, for_each, say
from entrypoints.cli.containers import Names
from entrypoints.cli.options import environment, labels, published
from entrypoints.cli.quantities import cpu_quota, memory_size

_PERIOD = 100_000  # microseconds, as docker counts --cpus


@Parameter(name="*")
@dataclass(frozen=True)
class Changes:
    """Flags of `update`."""

    cpus: Annotated[str, Parameter(help="How many processors it may use, such as 1.5.")] = ""
    cpu_shares: Annotated[int, Parameter(name=["--cpu-shares", "-c"], help="Weight against others.")] = 0
    cpu_period: Annotated[int, Parameter(help="Microseconds that the quota is of.")] = 0
    cpu_quota: Annotated[int, Parameter(help="Microseconds of each period.")] = 0
    cpuset_cpus: Annotated[str, Parameter(help="The processors it may use, such as 0-2,4.")] = ""
    cpuset_mems: Annotated[str, Parameter(help="The memory nodes it may use.")] = ""
    memory: Annotated[str, Parameter(name=["--memory", "-m"], help="Bytes, or with k, m, g.")] = ""
    memory_swap: Annotated[str, Parameter(help="Memory and swap together; -1 for no limit.")] = ""
    restart: Annotated[str, Parameter(help="no, always, unless-stopped or on-failure[:n].")] = ""
    env: Annotated[
        tuple[str, ...], Parameter(name=["--env", "-e"], help="NAME=value, added or replaced.")
    ] = ()
    label: Annotated[
        tuple[str, ...], Parameter(name=["--label", "-l"], help="NAME=value, added or replaced.")
    ] = ()
    publish: Annotated[
        tuple[str, ...],
        Parameter(name=["--publish", "-p"], help="Ports, in place of all that are published."),
    ] = ()


def update(*containers: Names, changes: Changes = Changes()) -> int:
    """Change containers.

    Limits and the restart policy of a running container change at once. For all else it is replaced in
    place: it is stopped and gets a fresh life, with its id, name and volumes; what it wrote to its own
    file system is gone.
    """
    if changes == Changes():
        raise InvalidArgument("update", "", "say what to change, by one flag at least")
    request = _request(changes)

    async def work(client: Client, name: str) -> str:
        request_for_one = pb.UpdateContainerRequest(container=name)
        request_for_one.MergeFrom(request)
        async for plan in client.lifecycle.Update(request_for_one):
            say(f"k3c: {plan.name}: {_what_will_happen(plan)}")
        return name

    return for_each(containers, work)


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
        resources=_resources(changes),
        restart=None if policy is None else mapping.restart_to_wire(policy),
        environment=environment((), changes.env),
        labels=labels(changes.label),
        ports=map(mapping.port_to_wire, published(changes.publish)),
    )


def _resources(changes: Changes) -> k3c_pb2.Resources:
    if changes.cpus and (changes.cpu_quota or changes.cpu_period):
        raise InvalidArgument("cpus", changes.cpus, "it cannot go with --cpu-quota or --cpu-period")
    return k3c_pb2.Resources(
        cpu_shares=changes.cpu_shares,
        cpu_quota=cpu_quota(changes.cpus, _PERIOD) if changes.cpus else changes.cpu_quota,
        cpu_period=_PERIOD if changes.cpus else changes.cpu_period,
        cpuset_cpus=changes.cpuset_cpus,
        cpuset_mems=changes.cpuset_mems,
        memory=memory_size("memory", changes.memory),
        memory_swap=-1 if changes.memory_swap == "-1" else memory_size("memory swap", changes.memory_swap),
    )
