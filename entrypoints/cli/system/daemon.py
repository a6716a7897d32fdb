"""`k3c daemon`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from entrypoints.cli.connection.client import guard


def daemon(
    *,
    address: Annotated[
        str | None, Parameter(name=["--address", "-a"], env_var="K3C_ADDRESS", help="Listen on unix:///path.")
    ] = None,
    config: Annotated[
        Path | None, Parameter(name=["--config", "-c"], env_var="K3C_CONFIG", help="The config file, TOML.")
    ] = None,
    root: Annotated[str | None, Parameter(env_var="K3C_ROOT", help="Where data is kept.")] = None,
    state: Annotated[str | None, Parameter(env_var="K3C_STATE", help="Where sockets and such are.")] = None,
    log_level: Annotated[
        str | None, Parameter(name=["--log-level", "-l"], help="debug, info, warning or error.")
    ] = None,
    log_format: Annotated[str | None, Parameter(help="text or json.")] = None,
    bridge_name: Annotated[str | None, Parameter(env_var="K3C_BRIDGE_NAME", help="The bridge.")] = None,
    bridge_cidr: Annotated[
        str | None,
        Parameter(env_var="K3C_BRIDGE_CIDR", help="The bridge's addresses; a free range if not told."),
    ] = None,
    cni_bin: Annotated[str | None, Parameter(help="The folder of the CNI plugins.")] = None,
    cni_netconf: Annotated[str | None, Parameter(help="A CNI conflist in place of k3c's own.")] = None,
    sandbox_image: Annotated[
        str | None, Parameter(env_var="K3C_SANDBOX_IMAGE", help="The name of the pods' image.")
    ] = None,
    bootstrap_image: Annotated[
        str | None,
        Parameter(
            env_var="K3C_BOOTSTRAP_IMAGE", help="An archive with the pods' image, in place of k3c's own."
        ),
    ] = None,
    bootstrap_skip: Annotated[
        bool | None, Parameter(help="Import no pods' image: the runtime has it.")
    ] = None,
    group: Annotated[
        str | None, Parameter(name=["--group", "--socket-gid"], help="The group that may use the socket.")
    ] = None,
    socket_uid: Annotated[int | None, Parameter(help="The user that owns the socket.")] = None,
    purge: Annotated[
        bool, Parameter(help="Do not run: take away all containers, images, volumes, networks and files.")
    ] = False,
) -> int:
    """Run the daemon, with containerd and buildkitd below it. Needs root.

    A flag stands over its environment variable, which stands over the config file.
    """
    # Nothing is made before `serve` handles signals. Python's own KeyboardInterrupt may be lost in an import.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    given = {
        "address": address,
        "root": root,
        "state": state,
        "log_level": log_level,
        "log_format": log_format,
        "group": group,
        "socket_uid": socket_uid,
        "network.bridge_name": bridge_name,
        "network.bridge_cidr": bridge_cidr,
        "network.cni_bin": cni_bin,
        "network.cni_netconf": cni_netconf,
        "runtime.sandbox_image": sandbox_image,
        "runtime.bootstrap_image": bootstrap_image,
        "runtime.bootstrap_skip": bootstrap_skip,
    }
    overrides: dict[str, Any] = {key: value for key, value in given.items() if value is not None}

    async def running() -> int:
        from entrypoints.daemon import logging, settings
        from entrypoints.daemon.embedded.purge import purge as take_away
        from entrypoints.daemon.serve import serve

        chosen = settings.load(config, overrides)
        logging.configure(chosen.log_level, chosen.log_format)
        await (take_away if purge else serve)(chosen)
        return 0

    return guard(running)
