"""What the daemon is told: file, overrides, and one clear line for what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import InvalidArgument
from entrypoints.daemon.settings import load


def test_an_override_stands_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('root = "/from/file"\nlog_level = "debug"\n[network]\nbridge_name = "file0"\n')
    settings = load(file, {"root": "/from/flag", "network.bridge_cidr": "10.9.0.0/16"})
    assert (str(settings.root), settings.log_level) == ("/from/flag", "debug")
    assert (settings.network.bridge_name, settings.network.bridge_cidr) == ("file0", "10.9.0.0/16")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("nonsense = 1", "nonsense"),
        ("[network]\nbridge = 'x'", "network.bridge"),
        ("socket_uid = 'x'", "socket_uid"),
        ("root = 'relative'", "root"),
        ("address = 'tcp://1.2.3.4:5'", "address"),
        (f"address = 'unix:///{'x' * 120}'", "address"),
        ("[runtime]\naddress = 'relative'", "runtime.address"),
        ("[builder]\naddress = 'http://x'", "builder.address"),
        ("[network]\nbridge_cidr = '10.0.0.0'", "network.bridge_cidr"),
        ("[network]\nbridge_cidr = '10.0.0.1/8'", "network.bridge_cidr"),
        ("[network]\nbridge_cidr = 'fd00::/64'", "network.bridge_cidr"),
        ("[network]\nbridge_name = 'much-too-long-a-name'", "network.bridge_name"),
        ("log_level = 'loud'", "log_level"),
        ("network = 'x'", "network"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(InvalidArgument) as caught:
        load(file, {})
    assert (caught.value.what, caught.value.value) == ("setting", key)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["root = ", "[a", "\udcff"])
def test_a_file_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InvalidArgument, match="config file"):
        load(file, {})
    with pytest.raises(InvalidArgument, match="no-such-file"):
        load(tmp_path / "absent.toml", {})
