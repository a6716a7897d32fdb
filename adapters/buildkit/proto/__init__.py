"""Trimmed .proto files of BuildKit's API, written by k3c, and what is generated from them."""
