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
BUILD_OUTPUT = Group("Output")
BUILD_CACHE = Group("Build cache")
BUILD_STEPS = Group("Build steps")
METADATA = Group("Metadata")
OTHER = Group("Options")
ORDERED = (
    COMMON,
    OTHER,
    PROCESS,
    IMAGE,
    BUILD_OUTPUT,
    BUILD_CACHE,
    BUILD_STEPS,
    NETWORK,
    STORAGE,
    RESOURCES,
    SECURITY,
    NAMESPACES,
    LIFECYCLE,
    HEALTH,
    METADATA,
)
