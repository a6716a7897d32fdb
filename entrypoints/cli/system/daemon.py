"""`k3c daemon`."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from entrypoints.cli.ui.output import guard


def daemon(
    *,
    address: Annotated[
        str | None,
        Parameter(
            name=["--address", "-a"],
            env_var="K3C_ADDRESS",
            help="Socket to listen on (default unix:///run/k3c/k3c.sock)",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        Parameter(
            name=["--config", "-c"],
            env_var="K3C_CONFIG",
            help="Configuration file in TOML (default /etc/rancher/k3c/config.toml)",
        ),
    ] = None,
    root: Annotated[
        str | None,
        Parameter(env_var="K3C_ROOT", help="Directory of persistent data (default /var/lib/rancher/k3c)"),
    ] = None,
    state: Annotated[
        str | None,
        Parameter(env_var="K3C_STATE", help="Directory of sockets and runtime state (default /run/k3c)"),
    ] = None,
    log_level: Annotated[
        str | None,
        Parameter(name=["--log-level", "-l"], help="Log level: debug, info, warning or error (default info)"),
    ] = None,
    log_format: Annotated[str | None, Parameter(help="Log format: text or json (default text)")] = None,
    bridge_name: Annotated[
        str | None, Parameter(env_var="K3C_BRIDGE_NAME", help="Name of the bridge (default k3c0)")
    ] = None,
    bridge_cidr: Annotated[
        str | None,
        Parameter(env_var="K3C_BRIDGE_CIDR", help="Subnet of the bridge (default: a free one)"),
    ] = None,
    cni_bin: Annotated[str | None, Parameter(help="Directory of CNI plugins")] = None,
    cni_netconf: Annotated[str | None, Parameter(help="CNI network configuration, in place of k3c's")] = None,
    sandbox_image: Annotated[
        str | None, Parameter(env_var="K3C_SANDBOX_IMAGE", help="Name of the pod sandbox image")
    ] = None,
    bootstrap_image: Annotated[
        str | None,
        Parameter(env_var="K3C_BOOTSTRAP_IMAGE", help="Archive of the pod sandbox image, in place of k3c's"),
    ] = None,
    bootstrap_skip: Annotated[bool | None, Parameter(help="Do not import a pod sandbox image")] = None,
    group: Annotated[
        str | None,
        Parameter(name=["--group", "--socket-gid"], help="Group that may use the socket (default root)"),
    ] = None,
    socket_uid: Annotated[int | None, Parameter(help="User ID that owns the socket (default 0)")] = None,
    purge: Annotated[
        bool, Parameter(help="Remove all containers, images, volumes, networks and files, then exit")
    ] = False,
) -> int:
    """Run the daemon.

    It runs containerd and buildkitd below it, and needs root. A flag overrides its environment variable,
    which overrides the configuration file.
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

    return guard(lambda: asyncio.run(running()))
