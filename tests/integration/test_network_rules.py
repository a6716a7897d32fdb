"""What a purge removes of the host's rules, in a network namespace of the test's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PORTMAP = """
iptables -t nat -N CNI-HOSTPORT-DNAT
iptables -t nat -N CNI-HOSTPORT-SETMARK
iptables -t nat -N CNI-HOSTPORT-MASQ
iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -m comment --comment 'of CNI' -j CNI-HOSTPORT-DNAT
iptables -t nat -A CNI-HOSTPORT-SETMARK -j MARK --set-xmark 0x2000/0x2000
iptables -t nat -A POSTROUTING -j CNI-HOSTPORT-MASQ
iptables -t nat -A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
iptables -t nat -A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE
"""
REMOVE = f"""
{sys.executable} -c "
import asyncio
from entrypoints.daemon.network import Bridge, remove_rules
asyncio.run(remove_rules(Bridge('k3ctest', '10.77.0.0/24')))"
iptables-save -t nat
"""
OURS = """
ip link add k3ctest type bridge
ip link add mine type veth peer name other
ip link set mine master k3ctest
ip link set other master k3ctest
"""
THEIRS = "ip link add one type veth peer name two"
USED = "iptables -t nat -N CNI-DN-1; iptables -t nat -A CNI-HOSTPORT-DNAT -p tcp -j CNI-DN-1"
# As a start that comes between the look and the removal: portmap has its container's chain, and nothing leads to it.
BEGUN = "iptables -t nat -N CNI-DN-1; iptables -t nat -A CNI-DN-1 -j CNI-HOSTPORT-SETMARK"


@pytest.mark.parametrize(
    ("before", "stays"),
    [("true", False), (OURS, False), (THEIRS, True), (USED, True), (BEGUN, True)],
    ids=["unused", "ours", "theirs", "used", "begun"],
)
def test_the_chains_that_all_share_go_with_the_last(before: str, *, stays: bool) -> None:
    script = f"set -e; {PORTMAP}\n{before}\n{REMOVE}"
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert ("CNI-HOSTPORT" in done.stdout) is stays
    assert (done.stdout.count("CNI-HOSTPORT-SETMARK") > 0) is stays
    assert "-A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE" in done.stdout
