"""What CRI's failures become; the texts are containerd 2.3's and runc 1.5's own."""

from __future__ import annotations

import grpc
import pytest
from grpc.aio import AioRpcError, Metadata

from adapters.cri.errors import Subject, name_is_reserved, translated
from domain.errors import (
    CommandNotExecutable,
    CommandNotFound,
    InvalidArgument,
    K3cError,
    NotFound,
    NoWorkingDirectory,
    PortInUse,
    RuntimeFailed,
    Unavailable,
    Unsupported,
)
from domain.network import PortBinding

TASK = "failed to create containerd task: failed to create shim task: "
CREATE = f"{TASK}OCI runtime create failed: runc create failed: "
INIT = f"{CREATE}unable to start container process: error during container init: "
ABOUT = Subject("container", "c1", user="web:x", ports=(PortBinding(80, host_port=8080),))
Code = grpc.StatusCode


@pytest.mark.parametrize(
    ("code", "text", "kind", "fields"),
    [
        (Code.UNKNOWN, f'{INIT}exec: "nope": executable file not found in $PATH', CommandNotFound, ["nope"]),
        (Code.UNKNOWN, f'{INIT}exec: "": executable file not found in $PATH', CommandNotFound, [""]),
        (
            Code.UNKNOWN,
            f'{INIT}exec: "/a b": stat /a b: no such file or directory',
            CommandNotFound,
            ["/a b"],
        ),
        (Code.UNKNOWN, f"{INIT}exec /x: no such file or directory", CommandNotFound, ["/x"]),
        (
            Code.UNKNOWN,
            f'{INIT}exec: "/etc": is a directory',
            CommandNotExecutable,
            ["/etc", "is-a-directory"],
        ),
        (
            Code.UNKNOWN,
            f'{INIT}exec: "/x": permission denied',
            CommandNotExecutable,
            ["/x", "permission-denied"],
        ),
        (
            Code.UNKNOWN,
            f"{INIT}exec /x: exec format error",
            CommandNotExecutable,
            ["/x", "exec-format"],
        ),
        (
            Code.UNKNOWN,
            f'{INIT}chdir to cwd ("/none") set in config.json failed: no such file or directory',
            NoWorkingDirectory,
            ["/none"],
        ),
        (Code.UNKNOWN, f"{INIT}mkdir /proc/x: no such file or directory", RuntimeFailed, None),
        (
            Code.UNKNOWN,
            "failed to create containerd container: no users found",
            InvalidArgument,
            ["user", "web:x", "not-in-image", "user"],
        ),
        (
            Code.UNKNOWN,
            "failed to create containerd container: lstat etc/group: file does not exist",
            InvalidArgument,
            ["user", "web:x", "no-file-in-image", "/etc/group"],
        ),
        (
            Code.UNKNOWN,
            f'{CREATE}unable to apply cgroup configuration: failed to write "7": '
            "write /sys/fs/cgroup/cpuset/k3c/c1/cpuset.mems: invalid argument",
            InvalidArgument,
            ["cpuset", "7", "cpuset-elsewhere", ""],
        ),
        (
            Code.UNKNOWN,
            f'{INIT}error setting cgroup config for procHooks process: failed to write "5000": '
            "write /sys/fs/cgroup/cpu/k3c/c1/cpu.cfs_quota_us: invalid argument",
            InvalidArgument,
            ["cpu.cfs_quota_us", "5000", "reported", "invalid argument"],
        ),
        (
            Code.UNKNOWN,
            "failed to get container spec opts: failed to generate apparmor spec opts: apparmor is not supported",
            Unsupported,
            ["apparmor", "this machine", ""],
        ),
        (
            Code.UNKNOWN,
            "failed to generate apparmor spec opts: apparmor profile not found mine",
            InvalidArgument,
            ["AppArmor profile", "mine", "unknown", ""],
        ),
        (
            Code.UNKNOWN,
            'failed to generate spec: path "/srv/a" is mounted on "/srv" but it is not a shared or slave mount',
            InvalidArgument,
            ["bind mount", "/srv/a", "mount-not-shared", "/srv"],
        ),
        (Code.NOT_FOUND, 'failed to find sandbox id "f00": not found', NotFound, ["sandbox", "f00"]),
        (Code.NOT_FOUND, "an error occurred", NotFound, ["container", "c1"]),
        (
            Code.UNKNOWN,
            "cannot open hostport 8080 for pod k3c_a: listen tcp4 :8080: bind: address already in use",
            PortInUse,
            ["127.0.0.1:8080/tcp", "", ""],
        ),
        (Code.UNAVAILABLE, "gone", Unavailable, ["container runtime", "", "reported", "gone"]),
        (Code.DEADLINE_EXCEEDED, "late", Unavailable, ["container runtime", "", "reported", "late"]),
        (
            Code.UNIMPLEMENTED,
            "unknown service",
            Unsupported,
            ["reported", "container runtime", "unknown service"],
        ),
        (Code.INTERNAL, "", RuntimeFailed, ["container runtime", "reported", "INTERNAL"]),
    ],
)
def test_kinds(code: grpc.StatusCode, text: str, kind: type[K3cError], fields: list[str] | None) -> None:
    with pytest.raises(kind) as raised, translated(ABOUT):
        raise AioRpcError(code, Metadata(), Metadata(), details=text)
    assert isinstance(raised.value.__cause__, AioRpcError)
    expected = ["container runtime", "reported", text] if fields is None else fields
    assert list(raised.value.fields().values()) == expected


@pytest.mark.parametrize(
    ("error", "reserved"),
    [
        (
            RuntimeFailed(
                "r", "reported", 'failed to reserve sandbox name "a": name "a" is reserved for "b"'
            ),
            True,
        ),
        (RuntimeFailed("r", "reported", "something else"), False),
        (NotFound("sandbox", 'name "a" is reserved for "b"'), False),
    ],
)
def test_a_reserved_name_is_known(error: K3cError, reserved: bool) -> None:
    assert name_is_reserved(error) is reserved
