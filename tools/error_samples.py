"""An example of every error with every problem: what `docs/errors.md` shows the sentences of.

Each is as the code raises it: the values after the problem's code are the error's fields in their order, without
the problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields

from domain import errors
from domain.errors import K3cError
from entrypoints.cli.usage import UsageError

PORT = ("published port", "127.0.0.1:80/tcp")
IMAGE = ("image reference", "app@sha256:abc")
WEB = ("container", "web")
RUNC = ("container runtime",)
STATE = ("state",)
TEMPLATE = ("{{.Name",)

PLAIN: tuple[K3cError, ...] = (
    errors.AlreadyExists("container", "web", "0123456789abcdef"),
    errors.AlreadyExists("volume", "data", "data"),
    errors.AmbiguousReference("container", "a", "a1b2c3d4e5f6, a9b8c7d6e5f4"),
    errors.CommandNotFound("nosuch"),
    errors.NoWorkingDirectory("/srv/app"),
    errors.InUse("volume", "data", "web"),
    errors.MountSourceMissing("/srv/none"),
    errors.NotFound("container", "web"),
    errors.PermissionDenied("/run/k3c/k3c.sock", "k3c"),
    errors.PermissionDenied("image builder", ""),
    errors.PermissionDenied("daemon", "root"),
    errors.PortInUse("127.0.0.1:8080/tcp", "web", ""),
    errors.PortInUse("127.0.0.1:8080/tcp", "", "nginx (pid 17)"),
    errors.PortInUse("127.0.0.1:8080/tcp", "", ""),
)
ARGUMENT: dict[str, tuple[str, ...]] = {
    "reported": ("env file", "none.env", "No such file or directory"),
    "empty": ("container", ""),
    "unknown": ("signal", "NOPE"),
    "not-one-of": ("restart policy", "never", "no, always, unless-stopped, on-failure"),
    "not-name-value": ("label", "=x"),
    "not-a-boolean": ("filter", "dangling=maybe"),
    "not-an-address": ("DNS server", "nine", "nine"),
    "not-absolute": ("cgroup parent", "slice"),
    "not-a-directory": ("build context", "/etc/hosts"),
    "no-such-file": ("Dockerfile", "/src/Dockerfile"),
    "no-such-directory": ("build context", "./none"),
    "not-utf-8": ("env file", "latin.env"),
    "negative": ("--last", "-1"),
    "out-of-range": ("OOM score", "2000", "-1000 to 1000"),
    "duration-form": ("health interval", "often"),
    "size-form": ("memory", "lots"),
    "integer-form": ("--health-retries", "few"),
    "cpus-form": ("cpus", "half"),
    "seconds-form": ("--time", "-1"),
    "time-form": ("--since", "yesterday"),
    "env-file-line": ("env file", "web.env", "3"),
    "memory-too-small": ("memory", "1024"),
    "swap-without-memory": ("memory swap", "33554432"),
    "swap-below-memory": ("memory swap", "33554432", "67108864"),
    "cpuset-form": ("cpuset", "0-"),
    "cpuset-elsewhere": ("cpuset", "7"),
    "oom-score-privileged": ("OOM score", "-500"),
    "name-form": ("container name", "a b"),
    "reference-form": ("image reference", "a//b"),
    "registry-form": ("registry", "a b"),
    "reference-is-id": (
        "image reference",
        "5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270",
    ),
    "reference-uppercase": ("image reference", "Busybox"),
    "reference-too-long": ("image reference", "aaaa", "255"),
    "tag-form": ("image reference", "app:-x"),
    "digest-form": IMAGE,
    "digest-algorithm": (*IMAGE, "sha256, sha384, sha512"),
    "digest-length": (*IMAGE, "64"),
    "digest-as-tag": IMAGE,
    "digest-as-target": IMAGE,
    "platform-form": ("platform", "arm64"),
    "platform-differs": ("platform", "linux/arm64", "linux/amd64"),
    "no-image-for-platform": ("image archive", "app:1"),
    "no-command": ("image", "scratch-app"),
    "no-exec-command": ("command", ""),
    "detach-keys-form": ("detach keys", "ctrl-"),
    "signal-to-container": ("signal", "15"),
    "user-form": ("user", "web:"),
    "id-range": ("user", "4294967296", "4294967294"),
    "not-in-image": ("user", "web", "user"),
    "not-in-container": ("user", "web:staff", "group"),
    "no-file-in-image": ("user", "web", "/etc/passwd"),
    "no-pid-column": ("ps options", "-eo comm"),
    "device-form": ("device", "kvm"),
    "ulimit-form": ("ulimit", "files=3", "core, cpu, nofile"),
    "soft-above-hard": ("ulimit", "nofile=2:1"),
    "security-option-form": ("security option", "magic"),
    "sysctl-of-host": ("sysctl", "vm.swappiness"),
    "sysctl-without-network": ("sysctl", "net.core.somaxconn", "host"),
    "extra-host-form": ("extra host", "db"),
    "no-host-gateway": ("extra host", "host-gateway"),
    "hostname-of-host": ("network", "host"),
    "no-such-runtime": ("runtime", "magic"),
    "retries-form": ("restart policy", "on-failure:x"),
    "retries-without-on-failure": ("restart policy", "always:3"),
    "restart-of-removed": ("restart policy", "always"),
    "health-form": ("health check", "RUN curl"),
    "health-number": ("health check", ""),
    "port-form": ("published port", "80:"),
    "port-range": ("published port", "70000", "65535"),
    "port-number-form": ("port", "http"),
    "port-lengths-differ": ("published port", "8000-8002:80-81"),
    "port-ipv6-tcp-only": ("published port", "[::1]:53:53/udp"),
    "port-without-bridge": ("network", "host"),
    "port-twice": PORT,
    "port-privileged": (*PORT, "Permission denied"),
    "port-address-elsewhere": (*PORT, "Cannot assign requested address"),
    "port-address-family": (*PORT, "Address family not supported by protocol"),
    "port-protocol": (*PORT, "Protocol not supported"),
    "volume-form": ("volume", "a:b:c:d"),
    "mount-target": ("mount", "type=volume,dst=/"),
    "mount-target-twice": ("mount", "/data"),
    "mount-source": ("mount", "type=bind,src=x,dst=/x"),
    "mount-not-shared": ("bind mount", "/srv/data", "/srv"),
    "mount-key-twice": ("mount", "dst=/x,dst=/y", "target"),
    "mount-key-of-other-type": ("mount", "type=bind,src=/x,dst=/x,tmpfs-size=3", "tmpfs-size"),
    "tmpfs-source": ("mount", "type=tmpfs,src=/y,dst=/x"),
    "volumes-from-form": ("container to take volumes from", "web:rx"),
    "not-below": ("log path", "/srv/1.log", "/var/log/pods"),
    "tar-form": ("tar stream", "", "unexpected end of data"),
    "tar-member": ("tar member", "dev/x"),
    "destination-of-image": ("output", "type=image,dest=out"),
    "no-destination": ("output", "type=local"),
    "archives-only": ("output", "type=oci,tar=false,dest=out"),
    "no-cache-reference": ("cache source", "type=registry"),
    "secret-form": ("secret", "src=token"),
    "ssh-form": ("SSH agent", "=/run/agent"),
    "no-such-variable": ("secret", "id=token,env=TOKEN", "TOKEN"),
    "no-gateway-in-build": ("extra host", "host:host-gateway"),
    "filter-form": ("filter", "web"),
    "not-a-pattern": ("filter", "name=[", "unterminated character set at position 0"),
    "filter-port-form": ("filter", "publish=http"),
    "filter-exit-form": ("filter", "exited=bad"),
    "not-a-table": ("setting", "network"),
    "missing-program": ("program", "/opt/k3c/containerd"),
    "cgroup-with-processes": ("setting", "runtime.cgroup_parent", "/sys/fs/cgroup/system.slice"),
    "address-form": ("address", "tcp://1.2.3.4:5"),
    "address-too-long": ("setting", "address", "100"),
    "interface-form": ("setting", "network.bridge_name"),
    "network-form": ("setting", "network.bridge_cidr"),
    "no-first-message": ("request", ""),
    "not-an-object": ("docker config", "/root/.docker/config.json"),
    "not-basic-auth": ("docker config", "registry.example.com"),
}
CONFLICT: dict[str, tuple[str, ...]] = {
    "reported": ("path", "/srv/out", "Permission denied"),
    "paused": WEB,
    "paused-not-stopped": WEB,
    "not-paused": WEB,
    "no-earlier-life": WEB,
    "not-running": WEB,
    "up": (*WEB, "running"),
    "started-meanwhile": WEB,
    "same-name": WEB,
    "no-free-name": ("container", ""),
    "changed-meanwhile": ("image", "web:1"),
    "several-names": ("image", "5b0bcabd1ed2"),
    "read-only-mount": (*WEB, "/data"),
    "read-only-root": WEB,
    "not-a-directory": ("path on this machine", "/srv/file"),
    "file-in-place": ("path", "/srv/file"),
    "does-not-end": ("process", "17"),
    "root-in-use": ("root folder", "/var/lib/rancher/k3c", "17"),
    "socket-in-use": ("socket", "/run/k3c/k3c.sock"),
    "not-a-socket": ("socket", "/run/k3c/k3c.sock", "Connection refused"),
    "range-routed": ("bridge range", "10.61.0.0/16", "10.0.0.0/8"),
    "no-free-range": ("bridge range", ""),
}
UNAVAILABLE: dict[str, tuple[str, ...]] = {
    "reported": ("registry", "registry.example.com", "connection refused"),
    "failed": ("iptables", "", "Permission denied (you must be root)"),
    "not-listening": ("daemon", "unix:///run/k3c/k3c.sock", "ECONNREFUSED"),
    "connection-lost": ("container runtime's streams", ""),
    "closed": ("state", "/var/lib/rancher/k3c/state.db"),
    "answers": ("container runtime's streams", "127.0.0.1:4711", "404"),
    "answer-form": ("docker-credential-pass", ""),
    "ended-at-once": ("buildkitd", "", "buildkitd: could not lock buildkitd.lock, another instance running?"),
    "ended-silently": ("buildkitd", "", "1"),
    "leftover": ("buildkitd", "", "17"),
    "missing-program": ("iptables", ""),
    "no-such-host": ("registry", "registry.example.com"),
    "refused": ("registry", "127.0.0.1:5000"),
    "wants-https": ("registry", "registry.example.com:5000"),
    "wrong-content": ("registry", "registry.example.com", "sha256:0123abcd"),
    "no-token": ("registry", "registry.example.com"),
    "redirects": ("registry", "registry.example.com", "https://other.example.com/v2/"),
}
COMMAND: dict[str, tuple[str, ...]] = {
    "permission-denied": ("/etc/passwd",),
    "is-a-directory": ("/etc",),
    "exec-format": ("/app",),
    "permission-denied-or-directory": ("/app",),
}
ACCESS: dict[str, tuple[str, ...]] = {
    "unauthorized": ("registry.example.com",),
    "forbidden": ("registry.example.com",),
}
HEALTH: dict[str, tuple[str, ...]] = {
    "unhealthy": ("web", "no database\n", "3"),
    "ended": ("web", "", "1"),
    "removed": ("web", ""),
}
BUILD: dict[str, tuple[str, ...]] = {
    "reported": ("Dockerfile:2", "   2 | >>> RUN false", "process did not complete: exit code: 1"),
    "context-unreadable": ("secret.key", "", "Permission denied"),
    "context-changed": ("app.log", ""),
    "output-unwritable": ("/srv/out/app", "", "Permission denied"),
    "output-outside": ("../etc/passwd", ""),
    "no-result": ("", ""),
}
RUNTIME: dict[str, tuple[str, ...]] = {
    "reported": (*RUNC, "failed to create shim task: invalid argument"),
    "connection-lost": ("daemon",),
    "ended-at-gate": ("container web", "137"),
    "protocol": ("shim", "grpc 3"),
    "frame": ("shim", "/run/containerd/s/1: 1, 3, 12"),
    "in-the-way": ("volumes", "/var/lib/rancher/k3c/volumes/data"),
    "changing": ("volumes", "data"),
    "too-many-links": ("files", "/srv/loop"),
    "stored-form": (*STATE, "spec: missing 'image'"),
    "schema-newer": (*STATE, "/var/lib/rancher/k3c/state.db: 9999"),
    "schema-broken": (*STATE, "/var/lib/rancher/k3c/state.db: 0004"),
}
FEATURE: dict[str, tuple[str, ...]] = {
    "reported": (*RUNC, "unknown service runtime.v1.RuntimeService"),
    "apparmor": ("this machine",),
    "build": ("image builder",),
    "diff": ("containerd",),
    "exec-signal": (*RUNC, "15"),
    "exec-detach": RUNC,
    "exec-option": (*RUNC, "working_dir"),
    "ports-with-runtime": (*RUNC, "crun"),
    "shared-memory-of-tmpfs": ("containerd",),
} | dict.fromkeys(
    (
        "ulimits",
        "tmpfs",
        "shm-size",
        "no-network",
        "removed-variables",
        "joins",
        "hostname",
        "domainname",
        "pids-limit",
    ),
    (*RUNC, "0123456789ab"),
)
USAGE: dict[str, tuple[str, ...]] = {
    "reported": ("", "Cannot combine flags and short options with values: -ab"),
    "unknown-command": ("imagse", "images"),
    "unknown-flag": ("--bogus",),
    "flag-without-value": ("--memory",),
    "missing-argument": ("TARGET",),
    "unexpected-argument": ("extra",),
    "no-argument": (),
    "not-utf-8": ("caf\\xe9",),
    "unforeseen": ("ValueError: not in list",),
    "not-written": ("", "No space left on device"),
    "nothing-to-change": (),
    "no-container-path": (),
    "wait-without-detach": (),
    "attach-to-several": (),
    "no-healthcheck-with-check": (),
    "cpus-with-quota": (),
    "no-terminal-in": (),
    "no-terminal-out": (),
    "no-terminal-to-ask": (),
    "tar-to-terminal": (),
    "password-twice": (),
    "password-without-user": (),
    "no-terminal-to-log-in": (),
    "no-user": (),
    "no-password": (),
    "several-to-stdout": (),
    "no-cache-with-filter": (),
    "remote-context": ("https://example.com/app.git",),
    "template-unclosed": TEMPLATE,
    "template-comment": ("{{ /* a */ }}",),
    "template-quote": ('{{"a}}', '"'),
    "template-constant": ("{{0x}}", "0x"),
    "template-without-end": ("{{if .Name}}",),
    "template-without-beginning": ("{{end}}", "end"),
    "template-outside-range": ("{{break}}", "break"),
    "template-incomplete": ("{{(.Name}}",),
    "template-unexpected": ("{{.Name)}}", ")"),
    "template-not-executable": ("{{.Name | 1}}",),
    "template-declarations": ("{{$a, $b := .Name}}",),
    "template-function": ("{{fly .Name}}", "fly"),
    "template-variable": ("{{$x}}", "$x"),
    "template-twice": ('{{define "a"}}1{{end}}{{define "a"}}2{{end}}', "a"),
    "template-too-deep": ('{{define "a"}}{{template "a"}}{{end}}{{template "a"}}',),
    "template-too-long": ("{{range 1000000000}}{{end}}",),
    "template-unset": ("$x",),
    "template-not-defined": ("footer",),
    "template-no-field": (".Nmae",),
    "template-nil-field": (".Status",),
    "template-field-type": (".Status", "string"),
    "template-nil-command": (),
    "template-arguments": (".Name",),
    "template-argument-count": ("lower", "2"),
    "template-argument-type": ("len", "int"),
    "template-comparison": ("string", "int"),
    "template-index": ("index", "7"),
    "template-range": ("string",),
}
BY_PROBLEM: dict[type[K3cError], dict[str, tuple[str, ...]]] = {
    errors.BuildFailed: BUILD,
    errors.CommandNotExecutable: COMMAND,
    errors.Conflict: CONFLICT,
    errors.InvalidArgument: ARGUMENT,
    errors.NotHealthy: HEALTH,
    errors.RuntimeFailed: RUNTIME,
    errors.Unauthenticated: ACCESS,
    errors.Unavailable: UNAVAILABLE,
    errors.Unsupported: FEATURE,
    UsageError: USAGE,
}


def samples() -> Iterator[K3cError]:
    """Every error of the table, sorted by class, then in the order of the problems."""
    made = [*PLAIN]
    for kind, by_problem in BY_PROBLEM.items():
        made += [sample(kind, code, values) for code, values in by_problem.items()]
    yield from sorted(made, key=lambda error: type(error).__name__)


def sample(kind: type[K3cError], code: str, values: tuple[str, ...]) -> K3cError:
    """An error of a class with one of its problems; `values` are its other fields, the last may be left out."""
    names = [field.name for field in fields(kind)]
    others = [name for name in names if name not in {"problem", "feature"}]
    required = [field.name for field in fields(kind) if field.default is MISSING]
    given = dict(zip(others, values, strict=False)) | {
        name: code for name in names if name in {"problem", "feature"}
    }
    assert set(required) <= set(given), f"{kind.__name__} {code}"
    return kind(**given)
