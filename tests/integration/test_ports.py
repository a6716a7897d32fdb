"""Published ports, seen from this machine, from other containers and from the container itself."""

from __future__ import annotations

import re
import socket
import subprocess
from pathlib import Path

import pytest

from tests.integration.daemon import K3c, fetch, free_port, until

SERVE = ("sh", "-c", "echo here > /index.html; exec httpd -f -p 8080 -h /")
SERVE_TWO = ("sh", "-c", "echo here > /index.html; httpd -p 8080 -h /; exec httpd -f -p 8081 -h /")


def addresses(k3c: K3c, name: str) -> list[str]:
    """Where a container's ports are published, as `ps` shows them."""
    shown = k3c.ok("ps", "--no-trunc").splitlines()
    (line,) = [line for line in shown if line.endswith(name)]
    return re.findall(r"([0-9.\[\]:a-f]+:[0-9]+)->", line)


def test_a_free_port_is_drawn_and_bound_to_loopback(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "web", "-p", "8080", "busybox", *SERVE)
    (address,) = addresses(k3c, "web")
    assert address.startswith("127.0.0.1:")
    assert fetch(f"http://{address}") == "here"


def test_ranges(k3c: K3c) -> None:
    first = next(port for port in iter(free_port, 0) if port < 65000 and _is_free(port + 1))
    k3c.ok("run", "-d", "--name", "web", "-p", f"{first}-{first + 1}:8080-8081", "busybox", *SERVE_TWO)
    assert [fetch(f"http://127.0.0.1:{port}") for port in (first, first + 1)] == ["here", "here"]


def test_a_free_port_out_of_a_range(k3c: K3c) -> None:
    first = next(port for port in iter(free_port, 0) if port < 65000 and _is_free(port + 1))
    with socket.create_server(("127.0.0.1", first)):
        k3c.ok("run", "-d", "--name", "web", "-p", f"{first}-{first + 1}:8080", "busybox", *SERVE)
        assert addresses(k3c, "web") == [f"127.0.0.1:{first + 1}"]
        line = k3c.fails("run", "-d", "-p", f"{first}-{first + 1}:8080", "busybox", *SERVE, code=125)
    assert "is already allocated" in line


def test_what_the_image_exposes(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nEXPOSE 8080 9000/udp\n")
    k3c.ok("build", "-t", "exposing", str(tmp_path))
    k3c.ok("run", "-d", "--name", "web", "-P", "exposing", *SERVE)
    assert len(addresses(k3c, "web")) == 2
    until(lambda: any(map(_listens, addresses(k3c, "web"))))
    assert [fetch(f"http://{address}") for address in addresses(k3c, "web") if _listens(address)] == ["here"]


def test_from_containers_and_from_itself(k3c: K3c, gateway: str) -> None:
    port = free_port()
    k3c.ok("run", "-d", "--name", "web", "-p", f"0.0.0.0:{port}:8080", "busybox", *SERVE)
    assert fetch(f"http://127.0.0.1:{port}") == "here"
    hairpin = "until wget -qO- http://$0/; do sleep 0.05; done"
    assert k3c.ok("run", "--rm", "busybox", "sh", "-c", hairpin, f"{gateway}:{port}") == "here"
    looped = ("sh", "-c", f"{SERVE[2].replace('exec httpd -f', 'httpd')}; {hairpin}", f"{gateway}:{port}")
    k3c.ok("rm", "-f", "web")
    assert k3c.ok("run", "--rm", "-p", f"0.0.0.0:{port}:8080", "busybox", *looped) == "here"


UDP_ECHO = """
#include <netinet/in.h>
#include <sys/socket.h>
int main(void) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(9000)}, asker;
    int bound = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(bound, (void *)&here, sizeof here)) return 1;
    for (char data[1500];;) {
        socklen_t size = sizeof asker;
        ssize_t length = recvfrom(bound, data, sizeof data, 0, (void *)&asker, &size);
        sendto(bound, data, length, 0, (void *)&asker, size);
    }
}
"""


def test_udp(k3c: K3c, tmp_path: Path) -> None:
    source = tmp_path / "echo.c"
    source.write_text(UDP_ECHO)
    subprocess.run(["musl-gcc", "-static", "-o", tmp_path / "echo", source], check=True)
    (tmp_path / "Dockerfile").write_text('FROM scratch\nCOPY echo /echo\nCMD ["/echo"]\n')
    k3c.ok("build", "-t", "echo", str(tmp_path))
    k3c.ok("run", "-d", "--name", "echo", "-p", "9000/udp", "echo")
    (address,) = addresses(k3c, "echo")
    host, _, port = address.rpartition(":")
    with socket.socket(type=socket.SOCK_DGRAM) as asker:
        asker.settimeout(0.2)
        for _ in range(50):
            asker.sendto(b"hello", (host, int(port)))
            try:
                assert asker.recv(16) == b"hello"
            except TimeoutError:
                continue
            return
    pytest.fail("no answer")


@pytest.mark.parametrize("address", ["[::1]", "[::]"])
def test_ipv6(k3c: K3c, address: str) -> None:
    port = free_port()
    k3c.ok("run", "-d", "--name", "web", "-p", f"{address}:{port}:8080", "busybox", *SERVE)
    assert fetch(f"http://[::1]:{port}") == "here"
    assert addresses(k3c, "web") == [f"{address}:{port}"]
    k3c.ok("stop", "-t", "0", "web")
    assert not _listens(f"[::1]:{port}")
    k3c.ok("start", "web")
    assert fetch(f"http://[::1]:{port}") == "here"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        return probe.connect_ex((host.strip("[]"), int(port))) == 0
