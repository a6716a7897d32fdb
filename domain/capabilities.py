"""Linux capabilities by name, without `CAP_`."""

from __future__ import annotations

from domain.errors import InvalidArgument

ALL = "ALL"
# In the order of their numbers: capability.h of Linux 6.
CAPABILITIES = (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE"
    " NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT"
    " SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE"
    " AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ"
    " PERFMON BPF CHECKPOINT_RESTORE"
).split()


def capability(text: str) -> str:
    """The name of `net_admin`, `CAP_NET_ADMIN` or `all`; raises InvalidArgument."""
    name = text.upper().removeprefix("CAP_")
    if name != ALL and name not in CAPABILITIES:
        raise InvalidArgument("capability", text, "unknown")
    return name
