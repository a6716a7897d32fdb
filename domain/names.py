"""Names of containers and volumes: their grammar, and names made up when none is given."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from domain.errors import InvalidArgument

if TYPE_CHECKING:
    from random import SystemRandom

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_LONGEST_HOSTNAME = 63
_ID = re.compile(r"[0-9a-f]{64}")
SHORT_ID = 12

_ADJECTIVES = (
    "able agile amber apt arctic bold brave breezy bright brisk calm candid clever cosy crisp daring deft "
    "eager early fair fine fleet fond frank free fresh gentle glad golden grand happy hardy humble jolly "
    "keen kind lively loyal lucid lucky mellow merry mild neat nimble noble patient plain polite proud "
    "quick quiet rapid ready robust rustic sage serene sharp shiny silent simple sleek smart snug solid "
    "steady still stout subtle sunny sure swift tender tidy trusty upbeat vivid warm wise witty zesty"
).split()
_NOUNS = (
    "alder anchor aspen badger basin bay beacon beech birch bison breeze bridge brook canyon cedar cliff "
    "cloud comet coral cove crane creek delta dolphin dune eagle elm ember falcon fern field finch fjord "
    "forest fox gale garden glacier glen grove gull harbor hawk hazel heron hill island jay juniper lagoon "
    "lake lark lily lynx maple marsh meadow mesa moon moss oak ocean orchid otter owl peak pebble pine "
    "plover pond poplar quail rain raven reef ridge river robin rowan sail seal shore spruce star stone "
    "storm stream swan thistle tide trail valley wave willow wind wolf wren"
).split()


def check_name(kind: str, name: str) -> str:
    """Return `name` if it is fit for a container or volume; raises InvalidArgument."""
    if not _NAME.fullmatch(name):
        raise InvalidArgument(f"{kind} name", name, "name-form")
    return name


def hostname_for(name: str) -> str:
    """A container name as a valid hostname: underscores become hyphens, 63 characters at most."""
    return name.replace("_", "-")[:_LONGEST_HOSTNAME].rstrip("-.")


def made_up_name() -> str:
    """An `adjective-noun` that is a valid hostname; the caller makes sure that it is free."""
    return f"{_random().choice(_ADJECTIVES)}-{_random().choice(_NOUNS)}"


def distinct_name(name: str) -> str:
    """`name` with a number behind it, for when made-up names run out."""
    return f"{name}-{_random().randrange(10_000)}"


def _random() -> SystemRandom:
    from random import SystemRandom  # with what it loads it is slow to load, and clients make no names up

    return SystemRandom()


def new_id() -> str:
    """A new identity: 64 random hexadecimal digits."""
    return os.urandom(32).hex()


def is_id(text: str) -> bool:
    """Whether `text` has the form of a full id."""
    return _ID.fullmatch(text) is not None
