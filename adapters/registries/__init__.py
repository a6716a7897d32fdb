"""Registries, asked over HTTP for what containerd has no call for: whether they accept credentials."""
