"""The version of this k3c."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("k3c")
