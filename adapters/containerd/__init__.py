"""containerd's own API, for what CRI has no words for.

`images` holds content, names and registries; `tasks` running processes; `snapshots` root file systems.
Pods and containers as such are `adapters/cri`.
"""
