"""Containers find each other by name, and other hosts as this machine does."""

from __future__ import annotations

import socket
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import pytest

from tests.integration.daemon import K3c


@pytest.fixture
def web(k3c: K3c) -> str:
    """The address of a running container named `web` that answers http at port 8080."""
    k3c.ok(
        "run",
        "-d",
        "--name",
        "web",
        "busybox",
        "sh",
        "-c",
        "echo here > /index.html; exec httpd -f -p 8080 -h /",
    )
    return k3c.address_of("web")


def test_by_name(k3c: K3c, web: str) -> None:
    fetch = "until wget -qO- http://$0:8080/; do sleep 0.05; done"
    assert k3c.ok("run", "--rm", "busybox", "sh", "-c", fetch, "web") == "here"
    assert k3c.ok("run", "--rm", "busybox", "sh", "-c", fetch, "WEB") == "here"


def test_by_id_and_back(k3c: K3c, web: str) -> None:
    container_id = k3c.ok("ps", "-q")
    assert web in k3c.ok("run", "--rm", "busybox", "nslookup", container_id)
    assert "name = web" in k3c.ok("run", "--rm", "busybox", "nslookup", web)


def test_a_name_has_gone_with_its_container(k3c: K3c, web: str) -> None:
    k3c.ok("stop", "-t", "0", "web")
    assert k3c("run", "--rm", "busybox", "nslookup", "web").returncode == 1
    k3c.ok("start", "web")
    assert k3c.address_of("web") in k3c.ok("run", "--rm", "busybox", "nslookup", "web")


def test_another_host_is_asked_for_where_this_machine_asks(k3c: K3c) -> None:
    assert "192.0.2.7" in k3c.ok("run", "--rm", "busybox", "nslookup", "known.example")
    unknown = k3c("run", "--rm", "busybox", "nslookup", "unknown.example")
    assert (unknown.returncode, "NXDOMAIN" in unknown.stdout) == (1, True)


def test_a_long_answer_comes_by_tcp(k3c: K3c, gateway: str) -> None:
    question = dns.message.make_query("many.example", "A")
    assert dns.query.udp(question, gateway, timeout=5).flags & dns.flags.TC
    assert len(dns.query.tcp(question, gateway, timeout=5).answer[0]) == 254


def test_a_name_of_ours_has_no_ipv6_address(web: str, gateway: str) -> None:
    answer = dns.query.udp(dns.message.make_query("web", "AAAA"), gateway, timeout=5)
    assert (answer.rcode(), answer.answer) == (0, [])


def test_what_is_not_a_question_is_left_unanswered(web: str, gateway: str) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as asker:
        asker.sendto(b"\x00" * 5, (gateway, 53))
        asker.sendto(dns.message.make_query("web", "A").to_wire(), (gateway, 53))
        asker.settimeout(5)
        assert dns.message.from_wire(asker.recv(512)).answer[0][0].to_text() == web


def test_a_build_finds_containers_by_name(k3c: K3c, web: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN wget -qO /page http://web:8080/\nCMD cat /page\n")
    k3c.ok("build", "-t", "page", str(tmp_path))
    assert k3c.ok("run", "--rm", "page") == "here"
