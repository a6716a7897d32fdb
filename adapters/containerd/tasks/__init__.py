"""Processes of containers: exec, signals, pauses, exits, the shims that keep them, and their specs."""
