"""Trimmed .proto files of containerd's API, written by k3c, and what is generated from them."""
