"""Between the domain's words and CRI's."""

from __future__ import annotations

import json
import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from adapters.cri.proto import api_pb2 as cri
from application.ports.runtime import BoundMount, ContainerRequest, SandboxRequest, SandboxState
from domain.confinement import HOST, UNCONFINED
from domain.container import ContainerState, ExitStatus, RuntimeContainer
from domain.errors import InvalidArgument
from domain.network import AS_THE_HOST, Dns, PortBinding
from domain.spec import Resources

NAMESPACE = "k3c"
DEFAULT_CGROUP_PARENT = "/k3c"
INSTANCE_LABEL = "io.k3c.instance"
CONTAINER_LABEL = "io.k3c.container"
SANDBOX_LABEL = "io.k3c.sandbox"
UNKNOWN_EXIT = 255
_LONGEST_LABEL = 4096  # containerd's limit on the bytes of a label's key and value together
_LARGEST_ID = 2**31 - 1
_EPOCH = datetime.fromtimestamp(0, UTC)

# What the kubelet sets for procMount: Default (kubernetes, pkg/securitycontext/util.go): the runtime
# hides nothing by itself.
MASKED_PATHS = (
    "/proc/asound",
    "/proc/acpi",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
)
READONLY_PATHS = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")

_PROTOCOLS = {"tcp": cri.TCP, "udp": cri.UDP, "sctp": cri.SCTP}
_PROPAGATIONS = {
    "": cri.PROPAGATION_PRIVATE,
    "private": cri.PROPAGATION_PRIVATE,
    "rprivate": cri.PROPAGATION_PRIVATE,
    "slave": cri.PROPAGATION_HOST_TO_CONTAINER,
    "rslave": cri.PROPAGATION_HOST_TO_CONTAINER,
    "shared": cri.PROPAGATION_BIDIRECTIONAL,
    "rshared": cri.PROPAGATION_BIDIRECTIONAL,
}
_SETTLING = 10_000_000_000  # nanoseconds
_STATES = {
    cri.CONTAINER_CREATED: ContainerState.CREATED,
    cri.CONTAINER_RUNNING: ContainerState.RUNNING,
    cri.CONTAINER_EXITED: ContainerState.EXITED,
    cri.CONTAINER_UNKNOWN: ContainerState.EXITED,
}


def sandbox_config(request: SandboxRequest, instance: str, cgroup_parent: str) -> cri.PodSandboxConfig:
    """Map the pod of a request; CreateContainer wants the same config again."""
    return cri.PodSandboxConfig(
        metadata=cri.PodSandboxMetadata(
            name=request.name, uid=request.key, namespace=NAMESPACE, attempt=request.attempt
        ),
        hostname=request.hostname,
        log_directory=request.log_directory,
        dns_config=dns_config(request.dns),
        port_mappings=[port_mapping(port) for port in request.ports],
        labels=own_labels(instance, request.key),
        linux=cri.LinuxPodSandboxConfig(
            cgroup_parent=request.isolation.cgroup_parent or cgroup_parent,
            sysctls=request.isolation.sysctls,
            security_context=cri.LinuxSandboxSecurityContext(
                namespace_options=_namespaces(request),
                privileged=request.privileged,
                seccomp=cri.SecurityProfile(profile_type=cri.SecurityProfile.RuntimeDefault),
            ),
        ),
    )


def own_labels(instance: str, key: str = "") -> dict[str, str]:
    """Return the labels that say whose a pod or container is, which also serve as a filter."""
    return {INSTANCE_LABEL: instance} | ({CONTAINER_LABEL: key} if key else {})


def dns_config(dns: Dns) -> cri.DNSConfig | None:
    """Map the pod's resolv.conf; None leaves it to the host's."""
    if dns == AS_THE_HOST:
        return None
    return cri.DNSConfig(servers=dns.servers, searches=dns.searches, options=dns.options)


def port_mapping(port: PortBinding) -> cri.PortMapping:
    """Map a published port."""
    return cri.PortMapping(
        protocol=_PROTOCOLS[port.protocol],
        container_port=port.container_port,
        host_port=port.host_port,
        host_ip=port.host_address,
    )


def container_config(request: ContainerRequest, instance: str) -> cri.ContainerConfig:
    """Map the container of a request. Raises InvalidArgument."""
    process = request.process
    labels, annotations = _split_labels(request.labels)
    own = own_labels(instance, request.sandbox.key) | {SANDBOX_LABEL: request.sandbox_id}
    return cri.ContainerConfig(
        metadata=cri.ContainerMetadata(name=request.sandbox.name, attempt=request.sandbox.attempt),
        image=cri.ImageSpec(image=request.image_id, user_specified_image=request.image_name),
        # The process is already joined with the image: with `args` alone the image's entrypoint would
        # come before it once more.
        command=process.arguments,
        working_dir=process.working_dir,
        envs=[environment_variable(entry) for entry in process.environment],
        mounts=[mount(bound) for bound in request.mounts],
        labels=labels | own,
        annotations=annotations | request.annotations,
        log_path=relative_log_path(request.log_path, request.sandbox.log_directory),
        linux=cri.LinuxContainerConfig(
            resources=linux_resources(request.resources), security_context=_security_context(request)
        ),
        devices=[
            cri.Device(host_path=device.source, container_path=device.target, permissions=device.permissions)
            for device in request.security.devices
        ],
        stop_signal=stop_signal(request.stop_signal),
        tty=request.tty,
        stdin=request.stdin,
        stdin_once=request.stdin_once,
    )


def linux_resources(resources: Resources) -> cri.LinuxContainerResources:
    """Map limits; what is not stated is left out."""
    return cri.LinuxContainerResources(
        cpu_period=resources.cpu_period,
        cpu_quota=resources.cpu_quota,
        cpu_shares=resources.cpu_shares,
        memory_limit_in_bytes=resources.memory,
        oom_score_adj=resources.oom_score_adj or 0,
        cpuset_cpus=resources.cpuset_cpus,
        cpuset_mems=resources.cpuset_mems,
        memory_swap_limit_in_bytes=resources.memory_swap,
    )


def _namespaces(request: SandboxRequest) -> cri.NamespaceOption:
    return cri.NamespaceOption(
        network=cri.NODE if request.host_network else cri.POD,
        pid=cri.NODE if request.isolation.pid == HOST else cri.CONTAINER,
        ipc=cri.NODE if request.isolation.ipc == HOST else cri.POD,
    )


def _security_context(request: ContainerRequest) -> cri.LinuxContainerSecurityContext:
    security = request.security
    context = run_as(request.process.user)
    context.MergeFrom(
        cri.LinuxContainerSecurityContext(
            namespace_options=_namespaces(request.sandbox),
            capabilities=cri.Capability(
                add_capabilities=security.cap_add, drop_capabilities=security.cap_drop
            ),
            privileged=security.privileged,
            readonly_rootfs=security.read_only,
            supplemental_groups=[int(group) for group in security.groups],
            no_new_privs=security.no_new_privileges,
            masked_paths=() if security.privileged else MASKED_PATHS,
            readonly_paths=() if security.privileged else READONLY_PATHS,
            seccomp=_profile(UNCONFINED if security.privileged else security.seccomp),
            apparmor=_profile(security.apparmor) if security.apparmor else None,
        )
    )
    return context


def _profile(text: str) -> cri.SecurityProfile:
    kinds = {"": cri.SecurityProfile.RuntimeDefault, UNCONFINED: cri.SecurityProfile.Unconfined}
    if text in kinds:
        return cri.SecurityProfile(profile_type=kinds[text])
    return cri.SecurityProfile(profile_type=cri.SecurityProfile.Localhost, localhost_ref=text)


def run_as(user: str) -> cri.LinuxContainerSecurityContext:
    """Map `name|uid[:group|gid]` to fields of a security context; "" is the image's user. Raises InvalidArgument.

    CRI has no field for a group's name. containerd reads run_as_username as an image's USER, which may
    contain a group (its internal/cri/util GenerateUserString passes it to oci.WithUser), so the group goes
    there.
    """
    name, colon, group = user.partition(":")
    if (user and not name) or (colon and not group) or ":" in group:
        raise InvalidArgument("user", user, "user-form")
    if group and not group.isdecimal():
        return cri.LinuxContainerSecurityContext(run_as_username=user)
    context = cri.LinuxContainerSecurityContext()
    if name.isdecimal():
        context.run_as_user.value = _numeric_id(user, name)
    else:
        context.run_as_username = name
    if group:
        context.run_as_group.value = _numeric_id(user, group)
    return context


def _numeric_id(user: str, digits: str) -> int:
    if int(digits) > _LARGEST_ID:
        raise InvalidArgument("user", user, "id-range", str(_LARGEST_ID))
    return int(digits)


def environment_variable(entry: str) -> cri.KeyValue:
    """Map `NAME=value`.

    Bytes that are not UTF-8 are surrogate escapes, as in the standard library.
    """
    name, _, value = entry.partition("=")
    return cri.KeyValue(key=name, value=value.encode(errors="surrogateescape"))


def mount(bound: BoundMount) -> cri.Mount:
    """Map a bind mount."""
    return cri.Mount(
        container_path=bound.target,
        host_path=bound.source,
        readonly=bound.read_only,
        propagation=_PROPAGATIONS[bound.propagation],
    )


def relative_log_path(path: str, directory: str) -> str:
    """Return the path as CRI takes it, below the pod's log directory. Raises InvalidArgument."""
    try:
        return str(PurePosixPath(path).relative_to(directory))
    except ValueError as error:
        raise InvalidArgument("log path", path, "not-below", directory) from error


def stop_signal(text: str) -> cri.Signal.ValueType:
    """Map `SIGTERM`, `term`, `15`, `SIGRTMIN+3` or "" (the image's signal, or SIGTERM). Raises InvalidArgument."""
    if not text:
        return cri.RUNTIME_DEFAULT
    name = _signal_name(int(text)) if text.isdecimal() else "SIG" + text.upper().removeprefix("SIG")
    key = re.sub(r"\+0*(?=\d)", "PLUS", re.sub(r"-0*(?=\d)", "MINUS", name))
    if key not in cri.Signal.keys():  # noqa: SIM118  (an enum wrapper, not a dictionary)
        raise InvalidArgument("stop signal", text, "unknown")
    return cri.Signal.Value(key)


def _signal_name(number: int) -> str:
    """Return SIGTERM for 15. Real-time signals are counted from the nearer end, as in CRI's enum."""
    if number in set(signal.Signals) - {signal.SIGRTMIN, signal.SIGRTMAX}:
        return signal.Signals(number).name
    above, below = number - signal.SIGRTMIN, signal.SIGRTMAX - number
    if above < 0 or below < 0:
        return str(number)
    if above <= 15:
        return f"SIGRTMIN+{above}" if above else "SIGRTMIN"
    return f"SIGRTMAX-{below}" if below else "SIGRTMAX"


def _split_labels(labels: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Split labels into those that the runtime takes as labels, and longer labels, which become annotations."""
    fitting = {key: value for key, value in labels.items() if len(f"{key}{value}".encode()) <= _LONGEST_LABEL}
    return fitting, {key: value for key, value in labels.items() if key not in fitting}


def sandbox_state(pod: cri.PodSandbox) -> SandboxState:
    """Map a pod of ours."""
    return SandboxState(
        id=pod.id,
        key=pod.labels[CONTAINER_LABEL],
        attempt=pod.metadata.attempt,
        ready=pod.state == cri.SANDBOX_READY,
    )


def runtime_container(status: cri.ContainerStatus) -> RuntimeContainer:
    """Map a container of ours, with its exit if it has ended.

    A container that the runtime has lost counts as ended with 255.
    """
    state = _STATES[status.state]
    return RuntimeContainer(
        runtime_id=status.id,
        sandbox_id=status.labels[SANDBOX_LABEL],
        state=state,
        started_at=_started_at(status),
        exit=_exit(status) if state is ContainerState.EXITED else None,
        message=status.message,
    )


def is_settled(status: cri.ContainerStatus, now: int) -> bool:
    """Whether all that is told of a container stays so until its state changes; `now` is in nanoseconds.

    What killed it may be told after its end.
    """
    if status.state == cri.CONTAINER_EXITED:
        return now - status.finished_at > _SETTLING
    return bool(status.state == cri.CONTAINER_RUNNING)


def _started_at(status: cri.ContainerStatus) -> datetime | None:
    """Return when a container started.

    containerd notes the time after the start, so the end of a short process may come before it.
    """
    times = [time for time in (status.started_at, status.finished_at) if time]
    return from_nanoseconds(min(times)) if status.started_at else None


def _exit(status: cri.ContainerStatus) -> ExitStatus:
    lost = status.state == cri.CONTAINER_UNKNOWN
    ended = status.finished_at or status.started_at or status.created_at
    return ExitStatus(
        code=UNKNOWN_EXIT if lost else status.exit_code & 0xFF,
        finished_at=from_nanoseconds(ended),
        reason=status.reason or ("Unknown" if lost else ""),
    )


def from_nanoseconds(nanoseconds: int) -> datetime:
    """Map a time of CRI's, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def mac_address(info: str) -> str:
    """The MAC address of eth0 in what containerd says of a sandbox beyond CRI, "" where it does not."""
    try:
        interface = json.loads(info)["cniResult"]["Interfaces"]["eth0"]
        return str(interface["Mac"])
    except (ValueError, KeyError, TypeError):
        return ""
