"""The version of this k3c; the package's is read from here, since asking for that takes a command 15 ms."""

from __future__ import annotations

VERSION = "0.1.0"
