"""The groups that a verb's options stand in on its help page, in this order."""

from __future__ import annotations

from cyclopts import Group

COMMON = Group("Common options")
PROCESS = Group("Process")
IMAGE = Group("Image")
NETWORK = Group("Network")
STORAGE = Group("Storage")
RESOURCES = Group("Resources")
SECURITY = Group("Security")
NAMESPACES = Group("Namespaces and runtime")
LIFECYCLE = Group("Lifecycle")
HEALTH = Group("Health")
METADATA = Group("Metadata")
OTHER = Group("Options")
ORDERED = (
    COMMON,
    OTHER,
    PROCESS,
    IMAGE,
    NETWORK,
    STORAGE,
    RESOURCES,
    SECURITY,
    NAMESPACES,
    LIFECYCLE,
    HEALTH,
    METADATA,
)
