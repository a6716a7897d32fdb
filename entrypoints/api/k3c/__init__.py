"""The .proto files of k3c's own API."""
