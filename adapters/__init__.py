"""The ports of `application`, over outside systems: a folder for each system, and none imports another.

Each has one `errors.py` that translates failures, and plain mapping functions between wire and domain.
"""
