"""Channels to containerd and buildkitd."""

from __future__ import annotations

import grpc

NAMESPACE = (("containerd-namespace", "k8s.io"),)
"""Metadata of every call: the one namespace that a kubelet uses too."""

_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # A restarted containerd is found again in 0.13 s; with gRPC's defaults it takes more than 1 s.
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.enable_http_proxy", 0),
    # Two channels to one address must not share a connection: one is closed before the other.
    ("grpc.use_local_subchannel_pool", 1),
)


def open_channel(address: str) -> grpc.aio.Channel:
    """Open a channel to `unix:///path`; nothing is connected before the first call."""
    return grpc.aio.insecure_channel(address, options=_OPTIONS)
