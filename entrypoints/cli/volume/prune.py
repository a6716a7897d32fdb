"""`k3c volume prune`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.errors import K3cError
from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.messages import FAILED
from entrypoints.cli.ui.output import fail, print_result
from entrypoints.cli.ui.prompt import agreed
from entrypoints.cli.volume.ls import filtered_volumes, parse_volume_filters


def prune(
    *,
    all_: Annotated[bool, Parameter(name=["--all", "-a"], help="Remove named volumes as well")] = False,
    filter_: Annotated[
        tuple[str, ...], Parameter(name=["--filter"], help="Remove matching volumes only, KEY=VALUE")
    ] = (),
    force: Annotated[bool, Parameter(name=["--force", "-f"], help="Do not ask for confirmation")] = False,
    dry_run: Annotated[bool, Parameter(help="List the volumes without removing them")] = False,
) -> int:
    """Remove unused volumes.

    They are the anonymous volumes that no container uses; with --all, named ones as well.
    """
    pairs = parse_volume_filters(filter_)

    def pruning(client: Client) -> int:
        unused = filtered_volumes(client, [*pairs, ("dangling", "true")])
        chosen = [volume.name for volume in unused if all_ or volume.anonymous]
        if dry_run or not chosen:
            for name in chosen:
                print_result(name)
            return 0
        many = f"{len(chosen)} volume{'s' if len(chosen) > 1 else ''}"
        if not force and not agreed(f"This will remove {many} with all files."):
            return FAILED
        failed = False
        for name in chosen:
            try:
                client.volumes.Remove(pb.RemoveVolumeRequest(name=name))
                print_result(name)
            except K3cError as error:
                fail(error)
                failed = True
        return FAILED if failed else 0

    return call(pruning)
