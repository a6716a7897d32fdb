"""Attach and exec over the streaming server of a CRI runtime, by SPDY/3.1."""
