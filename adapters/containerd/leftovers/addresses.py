"""Addresses that CNI's host-local has given away, and the network namespaces of pods."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import suppress
from pathlib import Path

from domain.errors import RuntimeFailed

_INTERFACE = "eth0"
_RESULTS = Path("/var/lib/cni/results")  # where libcni keeps what ADD returned
# portmap removes the rules of a container only if it is told of a port, whichever.
_SOME_PORT = [{"hostPort": 1, "containerPort": 1, "protocol": "tcp"}]
_TIMEOUT = 20.0  # seconds


def taken(data: Path) -> dict[Path, str]:
    """The files of addresses, and the ids of the sandboxes that have them.

    host-local names a file in the network's folder after the address, and writes id and interface into it.
    """
    found = {}
    for path in data.glob("*/*.*.*.*"):
        with suppress(FileNotFoundError):  # it is released meanwhile
            found[path] = path.read_text().partition("\n")[0].strip()
    return found


def release(path: Path, config: Path, plugins: Path) -> None:
    """Have CNI's plugins delete what they made for the sandbox that has an address. Raises RuntimeFailed."""
    try:
        owner = path.read_text().partition("\n")[0].strip()
    except FileNotFoundError:
        return
    network = json.loads(config.read_text())
    for plugin in reversed(network["plugins"]):
        _delete(owner, {"cniVersion": network["cniVersion"], "name": network["name"], **plugin}, plugins)
    for result in _RESULTS.glob(f"*-{owner}-*"):
        result.unlink(missing_ok=True)


def _delete(owner: str, plugin: dict[str, object], plugins: Path) -> None:
    """Call a plugin's DEL, as the CNI specification has it: without a namespace, since that is gone."""
    environment = {
        "PATH": f"{plugins}:{os.environ.get('PATH', '')}",
        "CNI_COMMAND": "DEL",
        "CNI_CONTAINERID": owner,
        "CNI_NETNS": "",
        "CNI_IFNAME": _INTERFACE,
        "CNI_PATH": str(plugins),
    }
    asked = {**plugin, "runtimeConfig": {"portMappings": _SOME_PORT}}
    done = subprocess.run(
        [str(plugins / str(plugin["type"]))],
        input=json.dumps(asked),
        env=environment,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeFailed(f"cni {plugin['type']}", "reported", " ".join(done.stdout.split())[:300])


def remove_namespace(path: Path) -> None:
    """Unmount a network namespace and remove its file; its interfaces go with it. Raises RuntimeFailed."""
    done = subprocess.run(["umount", "--lazy", str(path)], capture_output=True, text=True, check=False)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise RuntimeFailed("umount", "reported", done.stderr.strip() or str(error.strerror)) from error
