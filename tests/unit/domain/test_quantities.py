"""Sizes as people write them."""

from __future__ import annotations

import pytest

from domain.errors import InvalidArgument
from domain.quantities import memory_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", 0),
        ("12345", 12345),
        ("12b", 12),
        ("1k", 1024),
        ("512m", 512 << 20),
        ("12.5m", 25 << 19),
        ("1.5G", 3 << 29),
        ("1.5gb", 3 << 29),
        ("0.5t", 1 << 39),
        ("9007199254740993", 9007199254740993),
        ("1.0000001k", 1024),
    ],
)
def test_a_size(text: str, size: int) -> None:
    assert memory_size("memory", text) == size


@pytest.mark.parametrize("text", ["m", "1.m", ".5m", "-1", "1 m", "1x", "1e3", "1,5m"])
def test_no_size(text: str) -> None:
    with pytest.raises(InvalidArgument, match="size-form"):
        memory_size("memory", text)
