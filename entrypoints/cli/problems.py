"""The sentence for each code of `domain.problems` and `entrypoints.cli.usage`: templates over an error's fields.

A sentence names the thing, says what is wrong, and says the way out. `docs/errors.md` shows them all (`make docs`).
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.problems import (
    AccessProblem,
    ArgumentProblem,
    BuildProblem,
    CommandProblem,
    Feature,
    HealthProblem,
    RuntimeProblem,
    ServiceProblem,
    StateProblem,
)
from entrypoints.cli.usage import UsageProblem

_INVALID = "invalid {what} {value!r}: "
ARGUMENT: Mapping[ArgumentProblem, str] = {
    "reported": _INVALID + "{detail}",
    # any value
    "empty": _INVALID + "it must not be empty",
    "unknown": _INVALID + "no such {what}",
    "not-one-of": _INVALID + "use one of {detail}",
    "not-name-value": _INVALID + "use NAME=VALUE",
    "not-a-boolean": _INVALID + "use true or false",
    "not-an-address": _INVALID + "{detail!r} is not an IP address",
    "not-absolute": _INVALID + "use an absolute path",
    "not-a-directory": _INVALID + "it is not a directory, use one that exists",
    "no-such-file": _INVALID + "no such file, check the path",
    "no-such-directory": _INVALID + "no such directory, check the path",
    "not-utf-8": _INVALID + "it is not UTF-8 text, convert it first",
    "negative": _INVALID + "use 0 or more",
    "out-of-range": _INVALID + "use a number from {detail}",
    "duration-form": _INVALID + "use a duration such as 500ms or 1m30s",
    "size-form": _INVALID + "use a number of bytes, with k, m or g for larger units",
    "integer-form": _INVALID + "use a whole number",
    "cpus-form": _INVALID + "use a number of CPUs such as 1.5",
    "seconds-form": _INVALID + "use a number of seconds, 0 or more",
    "time-form": _INVALID + "use a time such as 2026-01-31T12:00:00Z, or a duration such as 10m",
    "env-file-line": _INVALID + "line {detail} does not begin with a variable's name, which is one word",
    "memory-too-small": _INVALID + "use 6m or more",
    "swap-without-memory": _INVALID + "it is memory and swap together: use --memory, too",
    "swap-below-memory": _INVALID + "it is memory and swap together: use at least the {detail} of --memory",
    "cpuset-form": _INVALID + "use a list of numbers such as 0-2,4",
    "cpuset-elsewhere": _INVALID + "this machine does not have all of them, or not for containers",
    "oom-score-privileged": _INVALID + "the daemon lacks the privileges for one so low (CAP_SYS_RESOURCE)",
    # names, images, platforms
    "name-form": _INVALID + "use two or more of a-z A-Z 0-9 _ . -, with a letter or digit first",
    "reference-form": _INVALID + "use [REGISTRY/]NAME[:TAG]",
    "registry-form": _INVALID + "use HOST[:PORT], such as registry.example.com",
    "reference-is-id": _INVALID + "64 hexadecimal digits are an ID, use a name",
    "reference-uppercase": _INVALID + "the repository name must be lowercase",
    "reference-too-long": _INVALID + "the name must not have more than {detail} characters",
    "tag-form": _INVALID + "a tag must be at most 128 letters, digits, '_', '.' and '-'",
    "digest-form": _INVALID + "use ALGORITHM:HEX for the digest",
    "digest-algorithm": _INVALID + "the digest's algorithm must be one of {detail}",
    "digest-length": _INVALID + "the digest must have {detail} lowercase hexadecimal digits",
    "digest-as-tag": _INVALID + "a tag must not have a digest, use NAME[:TAG]",
    "digest-as-target": _INVALID + "cannot push to a digest, use NAME[:TAG]",
    "platform-form": _INVALID + "use OS/ARCH[/VARIANT], such as linux/arm64",
    "platform-differs": _INVALID + "the local image is for {detail}, use --pull always to replace it",
    "no-image-for-platform": _INVALID + "it has no image for this machine's platform, use another archive",
    # processes, users
    "no-command": "image {value!r} has no default command: add a command after the image",
    "no-exec-command": "exec requires a command",
    "detach-keys-form": _INVALID + "use keys or ctrl-<a-z or @[\\]^_>, separated by commas",
    "signal-to-container": _INVALID + "it cannot be sent over the streams of a container, use kill",
    "user-form": _INVALID + "use NAME|UID[:GROUP|GID]",
    "id-range": _INVALID + "use IDs from 0 to {detail}",
    "not-in-image": _INVALID + "the image has no such {detail}, use one of the image's or a number",
    "not-in-container": _INVALID
    + "the container has no such {detail}, use one of the container's or a number",
    "no-file-in-image": _INVALID + "the image has no {detail}, use a number",
    "no-pid-column": _INVALID + "the PID column is required, add it",
    # security, isolation, resources
    "device-form": _INVALID + "use /dev/HOST[:/dev/CONTAINER][:rwm]",
    "ulimit-form": _INVALID + "use NAME=SOFT[:HARD], with NAME one of {detail}",
    "soft-above-hard": _INVALID + "the soft limit must not be above the hard limit",
    "security-option-form": _INVALID
    + "use no-new-privileges, seccomp=FILE|unconfined or apparmor=PROFILE|unconfined",
    "sysctl-of-host": _INVALID + "it belongs to the whole machine, set it on the host",
    "sysctl-without-network": _INVALID
    + "--net {detail} leaves no network to set it in, remove one of the two",
    "extra-host-form": _INVALID + "use NAME:ADDRESS",
    "no-host-gateway": _INVALID + "this runtime has no bridge of k3c's, use an IP address",
    "hostname-of-host": "a hostname cannot be set with --net {value}: remove --hostname or --net",
    "no-such-runtime": _INVALID + "containerd has no such handler, add it to containerd's configuration",
    # restarts, health
    "retries-form": _INVALID + "use on-failure:N, with N a whole number",
    "retries-without-on-failure": _INVALID + "only on-failure takes a number of retries",
    "restart-of-removed": _INVALID + "it conflicts with --rm, remove one of the two",
    "health-form": _INVALID + "use CMD, CMD-SHELL or NONE",
    "health-number": "invalid health check: intervals, timeouts and retries must be 0 or more",
    # ports
    "port-form": _INVALID + "use [IP:][HOST-PORT[-LAST]:]CONTAINER-PORT[-LAST][/tcp|udp|sctp]",
    "port-range": _INVALID + "use ports from 1 to {detail}, the lower first",
    "port-number-form": _INVALID + "use PORT or PORT/PROTOCOL",
    "port-lengths-differ": _INVALID + "both ranges must have the same length",
    "port-ipv6-tcp-only": _INVALID + "only tcp can be published at an IPv6 address",
    "port-without-bridge": "ports cannot be published with --net {value}: remove --publish or --net",
    "port-twice": _INVALID + "it is published twice, remove one of the two",
    "port-privileged": _INVALID + "the daemon lacks the privileges for this port, use one above 1023",
    "port-address-elsewhere": _INVALID + "the address is not one of this machine, use one that is",
    "port-address-family": _INVALID + "this machine has no such kind of address, use another",
    "port-protocol": _INVALID + "this machine's kernel lacks the protocol, use another or load its module",
    # mounts, files
    "volume-form": _INVALID + "use [SOURCE:]TARGET[:OPTIONS], with an absolute TARGET",
    "mount-target": _INVALID + "the target must be an absolute path other than /",
    "mount-target-twice": "duplicate mount target {value!r}: remove one of the two mounts",
    "mount-source": _INVALID + "the source of a bind mount must be an absolute path",
    "mount-not-shared": _INVALID
    + "{detail} is not a shared mount, which this propagation needs: use `mount --make-rshared {detail}` first",
    "mount-key-twice": _INVALID + "{detail} is given twice, remove one of the two",
    "mount-key-of-other-type": _INVALID + "{detail} does not apply to this type of mount, remove it",
    "tmpfs-source": _INVALID + "a tmpfs has no source, remove it",
    "volumes-from-form": "invalid --volumes-from {value!r}: use CONTAINER[:ro|rw]",
    "not-below": _INVALID + "use a path below {detail}",
    "tar-form": "the tar archive cannot be read: {detail}; use a plain or compressed tar archive",
    "tar-member": _INVALID + "this kind of file cannot be unpacked, leave it out",
    # builds
    "destination-of-image": _INVALID + "an image has no dest, use type=oci or docker for an archive",
    "no-destination": _INVALID + "add dest=PATH, the directory to write to",
    "archives-only": _INVALID + "only archives can be written, remove tar=false",
    "no-cache-reference": _INVALID + "add ref=NAME[:TAG]",
    "secret-form": _INVALID + "use id=NAME[,src=FILE] or id=NAME,env=VARIABLE",
    "ssh-form": _INVALID + "use default, or ID=SOCKET or ID=KEY[,KEY]",
    "no-such-variable": _INVALID + "the variable {detail} is not set, set it",
    "no-gateway-in-build": _INVALID + "steps of a build cannot have the host's gateway, use an IP address",
    # filters
    "filter-form": _INVALID + "use KEY=VALUE",
    "not-a-pattern": _INVALID + "it is not a regular expression: {detail}",
    "filter-port-form": _INVALID + "use PORT[-PORT][/PROTOCOL]",
    "filter-exit-form": _INVALID + "use an exit code",
    # the daemon's settings, its requests, a user's configuration
    "not-a-table": _INVALID + "it must be a table",
    "missing-program": "program {value!r} is missing: build the runtime, or set runtime.binaries to its directory",
    "cgroup-with-processes": _INVALID
    + "no container can be below {detail}, which has processes of its own, choose another",
    "address-form": _INVALID + "use unix:///PATH",
    "address-too-long": _INVALID + "the path of a socket must not have more than {detail} characters",
    "interface-form": _INVALID + "use 1 to 15 letters, digits, '_', '.' or '-'",
    "network-form": _INVALID + "use an IPv4 network with a prefix of 8 to 28 bits",
    "no-first-message": "invalid request: its first message must say what is asked for",
    "not-an-object": _INVALID + "it must be a JSON object",
    "not-basic-auth": _INVALID + "its auth must be base64 of USER:PASSWORD, log in with `k3c login`",
}

_IT_IS = "{kind} {reference} is "
STATE: Mapping[StateProblem, str] = {
    "reported": "{kind} {reference}: {detail}",
    "paused": _IT_IS + "paused: unpause it first",
    "paused-not-stopped": _IT_IS + "paused: unpause it instead",
    "not-paused": _IT_IS + "not paused",
    "no-earlier-life": "{kind} {reference} was started at most once: there is no life before, leave out --previous",
    "not-running": _IT_IS + "not running: start it first",
    "up": _IT_IS + "{detail}: stop it first, or remove it with --force",
    "started-meanwhile": _IT_IS + "being started: try again",
    "same-name": "{kind} {reference} already has that name: choose another",
    "no-free-name": "no generated {kind} name is free: choose one with --name",
    "changed-meanwhile": "{kind} {reference} came to be another meanwhile: try again",
    "several-names": "{kind} {reference} has several names: remove them one by one, or use --force",
    "read-only-mount": "{kind} {reference}: the mount at {detail} is read-only: choose another path",
    "read-only-root": "{kind} {reference}: its root filesystem is read-only: choose a path in a volume",
    "not-a-directory": _IT_IS + "not a directory: start the container to see it",
    "file-in-place": _IT_IS + "a file, which a directory cannot replace: choose another path",
    "does-not-end": "{kind} {reference} does not end: end it, and try again",
    "root-in-use": _IT_IS + "in use by another daemon (pid {detail}): stop it, or choose another --root",
    "socket-in-use": _IT_IS + "in use by another daemon: stop it, or choose another --address",
    "not-a-socket": "{kind} {reference} cannot be used ({detail}): remove it, or choose another --address",
    "range-routed": "{kind} {reference} overlaps the route {detail}: choose another with network.bridge_cidr",
    "no-free-range": "no free {kind} was found: choose one with network.bridge_cidr",
}

SERVICE: Mapping[ServiceProblem, str] = {
    "reported": "{service}{at} does not answer: {detail}",
    "failed": "{service} failed: {detail}",
    "not-listening": "cannot connect to the k3c daemon at {address}; is it running? "
    "Start it with `k3c daemon` (as root)",
    "connection-lost": "the connection to the {service}{at} was lost: try again",
    "closed": "{service}{at} is closed: start the daemon again",
    "answers": "{service}{at} does not answer as expected: status {detail}",
    "answer-form": "{service} does not answer as expected: check that it is a credential helper",
    "ended-at-once": "{service} ended at once: {detail}",
    "ended-silently": "{service} ended at once with status {detail}: see the daemon's log",
    "leftover": "{service} of an earlier daemon (pid {detail}) does not end: end it, and try again",
    "missing-program": "program {service} is missing: install it",
    # a registry
    "no-such-host": "{service} {address}: no such host: check the name",
    "refused": "{service}{at} does not answer: connection refused: check that it is running",
    "wants-https": "{service}{at} does not answer as expected: it speaks plain HTTP, name it in registry.plain_http",
    "wrong-content": "{service}{at} sends wrong content for {detail}: try again, or ask who runs it",
    "no-token": "{service}{at} does not answer as expected: its token service gave no token, try again",
    "redirects": "{service}{at} does not answer as expected: it sends clients to {detail}, use that name",
}

ACCESS: Mapping[AccessProblem, str] = {
    "unauthorized": "registry {registry} refuses access (401): log in with `k3c login {registry}`, or check the name",
    "forbidden": "registry {registry} forbids this (403): the account may not do that, use another or check the name",
}

COMMAND: Mapping[CommandProblem, str] = {
    "permission-denied": "{command}: cannot be executed: permission denied; make it executable (chmod +x)",
    "is-a-directory": "{command}: cannot be executed: it is a directory; use the path of a program",
    "exec-format": "{command}: cannot be executed: it is not a program for this machine; "
    "use an image for its platform",
    "permission-denied-or-directory": "{command}: cannot be executed: permission denied, or it is a directory; "
    "use the path of an executable file",
}

HEALTH: Mapping[HealthProblem, str] = {
    "unhealthy": "container {container} is unhealthy: {detail} probes failed{probe}",
    "ended": "container {container} exited with {detail} before it was healthy: see `k3c logs {container}`{probe}",
    "removed": "container {container} was removed before it was healthy{probe}",
}

BUILD: Mapping[BuildProblem, str] = {
    "reported": "build failed: {place}{detail}{lines}",
    "context-unreadable": "build failed: cannot send {location!r} of the build context: {detail}",
    "context-changed": "build failed: {location!r} of the build context changed while it was sent: try again",
    "output-unwritable": "build failed: cannot write {location!r} of the output: {detail}",
    "output-outside": "build failed: the image builder sent {location!r}, which is not inside of the output: "
    "nothing was written there",
    "no-result": "build failed: the image builder gave no result: try again",
}

RUNTIME: Mapping[RuntimeProblem, str] = {
    "reported": "{service}: {detail}",
    "connection-lost": "the connection to the {service} was lost: try again",
    "ended-at-gate": "{service} exited with {detail} before its command began: try again",
    "protocol": "{service} speaks an unknown protocol ({detail}): use the runtime of this k3c",
    "frame": "{service} gave an unknown answer ({detail}): use the runtime of this k3c",
    "in-the-way": "{service}: {detail} is not a directory: move it away",
    "changing": "{service}: {detail} keeps being changed by others: try again",
    "too-many-links": "{service}: {detail} has too many levels of symbolic links",
    "stored-form": "{service}: cannot read a stored {detail}; a newer k3c may have written it: use that one",
    "schema-newer": "{service}: a newer k3c wrote the database ({detail}): use that one",
    "schema-broken": "{service}: the database has broken references ({detail}): restore it from a backup",
}

_LACKS = "{where} does not support "
_WITH_CONTAINERD = ": set containers.beyond_cri to containerd"
FEATURE: Mapping[Feature, str] = {
    "reported": _LACKS + "this: {detail}",
    "apparmor": _LACKS + "AppArmor: leave out --security-opt apparmor, or use apparmor=unconfined",
    "build": _LACKS + "builds: set builder.address to a buildkitd",
    "diff": _LACKS + "diff with this snapshotter: use overlayfs",
    "exec-signal": _LACKS + "signals to exec (such as {detail})" + _WITH_CONTAINERD,
    "exec-detach": _LACKS + "exec --detach" + _WITH_CONTAINERD,
    "exec-option": _LACKS + "exec --{flag}" + _WITH_CONTAINERD,
    "ports-with-runtime": _LACKS + "published ports with --runtime {detail}: remove one of the two",
    "shared-memory-of-tmpfs": _LACKS
    + "--ipc container:NAME with a container that has --shm-size: share another container's",
    "ulimits": _LACKS + "--ulimit" + _WITH_CONTAINERD,
    "tmpfs": _LACKS + "--tmpfs" + _WITH_CONTAINERD,
    "shm-size": _LACKS + "--shm-size" + _WITH_CONTAINERD,
    "domainname": _LACKS + "--domainname" + _WITH_CONTAINERD,
    "pids-limit": _LACKS + "--pids-limit" + _WITH_CONTAINERD,
    "no-network": _LACKS + "--net none" + _WITH_CONTAINERD,
    "removed-variables": _LACKS + "--env without a value" + _WITH_CONTAINERD,
    "joins": _LACKS + "namespaces of other containers" + _WITH_CONTAINERD,
    "hostname": _LACKS + "--hostname without the bridge" + _WITH_CONTAINERD,
}

_TEMPLATE = "invalid template {value!r}: "
USAGE: Mapping[UsageProblem, str] = {
    "reported": "{detail}",
    "unknown-command": "unknown command {value!r}{guess}",
    "unknown-flag": "unknown flag {value}{guess}",
    "flag-without-value": "{value} requires a value",
    "missing-argument": "missing argument {value}",
    "unexpected-argument": "unexpected argument {value!r}",
    "no-argument": "requires at least 1 argument",
    "not-utf-8": "'{value}' is not valid UTF-8",
    "unforeseen": "unexpected error: {value}: please report it, with what `k3c --debug` and the same command show",
    "not-written": "cannot write the output: {detail}",
    "nothing-to-change": "must provide one or more flags",
    "no-container-path": "exactly one path must be CONTAINER:PATH",
    "wait-without-detach": "--wait requires --detach",
    "attach-to-several": "--attach and --interactive require exactly 1 container",
    "no-healthcheck-with-check": "--no-healthcheck conflicts with the other --health flags: remove one of the two",
    "cpus-with-quota": "--cpus conflicts with --cpu-quota and --cpu-period: remove one of the two",
    "no-terminal-in": "the input is not a terminal: remove --tty",
    "no-terminal-out": "the output is not a terminal: remove --tty",
    "no-terminal-to-ask": "no terminal to ask for confirmation at: use --force",
    "tar-to-terminal": "a tar archive cannot be written to a terminal: use --output, or redirect it",
    "password-twice": "--password and --password-stdin are mutually exclusive",
    "password-without-user": "must provide --username with --password-stdin",
    "no-terminal-to-log-in": "cannot perform an interactive login from a non TTY device: "
    "use --username and --password-stdin",
    "no-user": "username is required",
    "no-password": "password is required",
    "several-to-stdout": "only one output can be written to stdout: add dest=PATH to the others",
    "no-cache-with-filter": "--no-cache conflicts with --no-cache-filter: remove one of the two",
    "remote-context": "build context {value!r} is not supported: use a directory of this machine",
    # a template that cannot be read
    "template-unclosed": _TEMPLATE + "an action lacks its }}}}",
    "template-comment": _TEMPLATE + "a comment must begin and end where its action does",
    "template-quote": _TEMPLATE + "a string lacks its closing {detail}",
    "template-constant": _TEMPLATE + "{detail} is no string, letter or number of Go",
    "template-without-end": _TEMPLATE + "a block lacks its {{{{end}}}}",
    "template-without-beginning": _TEMPLATE + "{detail} without a block",
    "template-outside-range": _TEMPLATE + "{detail} outside of range",
    "template-incomplete": _TEMPLATE + "an action is incomplete",
    "template-unexpected": _TEMPLATE + "unexpected {detail!r}",
    "template-not-executable": _TEMPLATE + "a constant must not come after |",
    "template-declarations": _TEMPLATE + "only range declares two variables, none declares more",
    "template-function": _TEMPLATE + "no such function: {detail}",
    "template-variable": _TEMPLATE + "no such variable: {detail}",
    "template-twice": _TEMPLATE + "{detail!r} is defined twice",
    "template-too-deep": _TEMPLATE + "it is nested too deeply",
    # a template that the data does not fit
    "template-too-long": "template: {value!r} takes too many steps",
    "template-unset": "template: no such variable: {value}",
    "template-not-defined": "template: no such template: {value!r}",
    "template-no-field": "template: no such field: {value}",
    "template-nil-field": "template: nil has no field: {value}",
    "template-field-type": "template: no such field: {value} of a value of type {detail}",
    "template-nil-command": "template: nil is no command",
    "template-arguments": "template: {value} takes no arguments",
    "template-argument-count": "template: wrong number of arguments for {value}: {detail}",
    "template-argument-type": "template: {value} does not take a value of type {detail}",
    "template-comparison": "template: cannot compare values of types {value} and {detail}",
    "template-index": "template: {value}: index out of range: {detail}",
    "template-range": "template: cannot range over a value of type {value}, use a list, a map or an integer",
}
