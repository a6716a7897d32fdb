"""The configuration files of containerd, buildkitd and CNI."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import tomli_w

from entrypoints.daemon.embedded.layout import Layout
from entrypoints.daemon.network import PLAIN, PORTMAP, Bridge

RUNC, RUNC_PORTMAP = "runc", "runc-portmap"
NAMESPACE = "k8s.io"
_SHIM = "io.containerd.runc.v2"
_ALL_ANNOTATIONS = ["*", "*/*"]  # as patterns of Go's path.Match, whose * does not match a slash


def write_all(
    layout: Layout,
    bridge: Bridge,
    snapshotter: str,
    *,
    sandbox_image: str,
    restrict_oom: bool,
    name_server: str,
) -> None:
    """Write every file that the embedded processes read; existing files are replaced.

    `name_server` is the address that builds ask for names, "" for the host's own servers.
    """
    for name in (PLAIN, PORTMAP):
        _write(layout.cni_config(name), _conflist(layout, bridge, portmap=name == PORTMAP))
    containerd = containerd_config(
        layout, snapshotter, sandbox_image=sandbox_image, restrict_oom=restrict_oom
    )
    _write(layout.config / "containerd.toml", tomli_w.dumps(containerd))
    _write(
        layout.config / "buildkitd.toml", tomli_w.dumps(buildkitd_config(layout, snapshotter, name_server))
    )


def _conflist(layout: Layout, bridge: Bridge, *, portmap: bool) -> str:
    if layout.settings.network.cni_netconf is not None:
        return layout.settings.network.cni_netconf.read_text()
    return bridge.conflist(layout.cni_data, portmap=portmap)


def containerd_config(
    layout: Layout, snapshotter: str, *, sandbox_image: str, restrict_oom: bool
) -> dict[str, Any]:
    """Return containerd's configuration, version 3.

    `restrict_oom` is for a root without CAP_SYS_RESOURCE, which cannot set a lower OOM score. NRI is off
    because its socket is shared by the whole machine.
    """
    cni = layout.config / "cni"
    runtimes = {
        handler: {
            "runtime_type": _SHIM,
            "runtime_path": str(layout.binaries / "containerd-shim-runc-v2"),
            "cni_conf_dir": str(cni / network),
            "cni_max_conf_num": 1,
            "options": {"BinaryName": str(layout.binaries / "runc"), "SystemdCgroup": False},
            "container_annotations": _ALL_ANNOTATIONS,
        }
        for handler, network in ((RUNC, PLAIN), (RUNC_PORTMAP, PORTMAP))
    }
    images: dict[str, Any] = {
        "snapshotter": snapshotter,
        "pinned_images": {"sandbox": sandbox_image},
    }
    if layout.settings.registry.hosts_folder is not None:
        images["registry"] = {"config_path": str(layout.settings.registry.hosts_folder)}
    return {
        "version": 3,
        "root": str(layout.containerd_root),
        "state": str(layout.containerd_state),
        "imports": [],
        "grpc": {"address": str(layout.containerd_socket)},
        "plugins": {
            "io.containerd.cri.v1.runtime": {
                "restrict_oom_score_adj": restrict_oom,
                "netns_mounts_under_state_dir": True,
                "containerd": {"default_runtime_name": RUNC, "runtimes": runtimes},
                "cni": {"bin_dirs": [str(layout.plugins)], "conf_dir": str(cni / PLAIN)},
            },
            "io.containerd.cri.v1.images": images,
            "io.containerd.nri.v1.nri": {"disable": True},
            "io.containerd.internal.v1.opt": {"path": str(layout.settings.root / "opt")},
        },
    }


def buildkitd_config(layout: Layout, snapshotter: str, name_server: str) -> dict[str, Any]:
    """Return buildkitd's configuration: containerd's worker in CRI's namespace, so that images need no import."""
    registries = {host: {"http": True} for host in layout.settings.registry.plain_http}
    network: dict[str, Any] = {"networkMode": "host"}
    if not layout.settings.runtime.address:
        network = {
            "networkMode": "cni",
            "cniConfigPath": str(layout.cni_config(PLAIN)),
            "cniBinaryPath": str(layout.plugins),
        }
    return {
        "root": str(layout.buildkit_root),
        "grpc": {"address": [f"unix://{layout.buildkitd_socket}"]},
        "insecure-entitlements": ["network.host", "security.insecure"],  # for builds that ask for them
        "worker": {
            "oci": {"enabled": False},
            "containerd": {
                "enabled": True,
                "address": layout.runtime_address.removeprefix("unix://"),
                "namespace": NAMESPACE,
                "snapshotter": snapshotter,
                "gc": True,
                "maxUsedSpace": cache_limit(shutil.disk_usage(_existing(layout.buildkit_root)).total),
                "defaultCgroupParent": f"{layout.settings.runtime.cgroup_parent}/build",
                **network,
            },
        },
        "registry": registries,
        **({"dns": {"nameservers": [name_server]}} if name_server else {}),
    }


def cache_limit(disk: int) -> int:
    """Return the bytes that the build cache may take of a disk of so many bytes: a tenth, and 5 GB at least."""
    return max(disk // 10, 5 * 10**9)


def _existing(path: Path) -> Path:
    """Return the path, or the nearest folder above it that is there."""
    return next(each for each in (path, *path.parents) if each.exists())


def environment(layout: Layout) -> dict[str, str]:
    """Return the environment of the embedded processes, with their own programs first in PATH."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    return {**kept, **proxies, "PATH": f"{layout.binaries}:{os.environ.get('PATH', '')}"}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(text)
