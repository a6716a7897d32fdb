"""The trimmed .proto file of CRI, written by k3c, and what is generated from it."""
