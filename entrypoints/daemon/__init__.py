"""The daemon: it prepares the host, embeds the programs, wires the use cases and serves the API."""
