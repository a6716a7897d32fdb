"""BuildKit's client: the session that serves files and credentials, the solve call, progress.

It runs in the command line's process, with the caller's permissions.
"""
