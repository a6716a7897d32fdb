"""The user's warm process: it has loaded the CLI, and forks a child for each call of the launcher.

runtime/launcher is the other side; docs/architecture.md tells what goes over their socket.
"""
