"""Published ports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidArgument
from domain.network import PortBinding, parse_publish


@pytest.mark.parametrize(
    ("text", "bindings"),
    [
        ("80", [PortBinding(80)]),
        (":80", [PortBinding(80)]),
        ("8080:80", [PortBinding(80, host_port=8080)]),
        ("8080:80/UDP", [PortBinding(80, "udp", host_port=8080)]),
        ("80/sctp", [PortBinding(80, "sctp")]),
        ("0.0.0.0:53:53/udp", [PortBinding(53, "udp", "0.0.0.0", 53)]),
        ("127.0.0.1:0:80", [PortBinding(80, "tcp", "127.0.0.1", 0)]),
        ("0:80", [PortBinding(80)]),
        ("127.0.0.1::80", [PortBinding(80, "tcp", "127.0.0.1", 0)]),
        ("[::1]:8080:80", [PortBinding(80, "tcp", "::1", 8080)]),
        ("[::]::80", [PortBinding(80, "tcp", "::", 0)]),
        ("65535:65535", [PortBinding(65535, host_port=65535)]),
        ("8000-8010:80", [PortBinding(80, host_port=8000, host_last=8010)]),
        ("8000-8001:80-81", [PortBinding(80, host_port=8000), PortBinding(81, host_port=8001)]),
        ("80-81", [PortBinding(80), PortBinding(81)]),
    ],
)
def test_what_can_be_published(text: str, bindings: list[PortBinding]) -> None:
    assert list(parse_publish(text)) == bindings


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "0",
        "65536",
        "80/",
        "80/icmp",
        "80/tcp/udp",
        "80:",
        "a:80",
        "127.0.0.1:80",
        "[::1]:80",
        "localhost:80:80",
        "1.2.3:80:80",
        "1:2:3:4",
        "80-79",
        "8000-8002:80-81",
        "[::1]:53:53/udp",
        "-80",
        "80-",
        " 80",
        "80\n",
        "٨٠",
    ],
)
def test_what_cannot_be_published(text: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        parse_publish(text)
    assert (raised.value.what, raised.value.value) == ("published port", text)


ADDRESSES = st.ip_addresses().map(str)


@given(st.integers(1, 65535), st.integers(1, 65535), ADDRESSES, st.sampled_from(["tcp", "udp", "sctp"]))
def test_a_binding_is_read_from_its_own_words(inner: int, outer: int, address: str, protocol: str) -> None:
    binding = PortBinding(inner, "tcp" if ":" in address else protocol, address, outer)
    assert parse_publish(f"{binding.address}:{inner}/{binding.protocol}") == (binding,)
    assert str(binding) == f"{binding.address}/{binding.protocol}"


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("8080:80", "8080:81", True),
        ("8080:80", "8081:80", False),
        ("8080:80", "8080:80/udp", False),
        ("127.0.0.1:8080:80", "127.0.0.2:8080:80", False),
        ("0.0.0.0:8080:80", "127.0.0.2:8080:80", True),
        ("[::]:8080:80", "127.0.0.2:8080:80", False),
        ("[::]:8080:80", "[::1]:8080:80", True),
        ("8000-8010:80", "8000-8010:80", False),
        ("[::1]:8080:80", "127.0.0.1:8080:80", False),
        ("80", "80", False),
    ],
)
def test_overlap_is_symmetrical(one: str, other: str, overlap: bool) -> None:
    (first,), (second,) = parse_publish(one), parse_publish(other)
    assert first.overlaps(second) is overlap
    assert second.overlaps(first) is overlap


def test_a_decided_port_changes_nothing_else() -> None:
    assert PortBinding(80, "udp", "::1").at(9) == PortBinding(80, "udp", "::1", 9)
    assert str(PortBinding(80, "udp", "::1", 9)) == "[::1]:9/udp"
