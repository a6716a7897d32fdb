"""The API `k3c.v1`: the .proto files, errors on the wire, and mapping between wire and domain.

Both the command line and the daemon import this; it imports neither.
"""
