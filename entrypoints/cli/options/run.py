"""The flags of `run` and `create`, and what they ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.image import ImageReference
from domain.network import PortBinding, parse_publish
from domain.spec import ContainerSpec, RestartPolicy, check_environment
from domain.volume import Mount, parse_mount_flag, parse_tmpfs_flag, parse_volume_flag
from entrypoints.cli.options.groups import COMMON, IMAGE, METADATA, NETWORK, PROCESS, STORAGE
from entrypoints.cli.options.isolation import IsolationOptions
from entrypoints.cli.options.lifecycle import LifecycleOptions
from entrypoints.cli.options.resources import LimitOptions
from entrypoints.cli.options.security import SecurityOptions

Image = Annotated[str, Parameter(help="Name or ID of the image")]
Command = Annotated[
    str, Parameter(help="Command and arguments, in place of the image's", allow_leading_hyphen=True)
]


@Parameter(name="*", group=COMMON)
@dataclass(frozen=True)
class RunOptions:
    """Flags of `run` and `create`."""

    name: Annotated[str, Parameter(help="Name of the container (default: generated)")] = ""
    rm: Annotated[bool, Parameter(help="Remove the container and its anonymous volumes when it exits")] = (
        False
    )
    env: Annotated[
        tuple[str, ...],
        Parameter(
            name=["--env", "-e"],
            help="Environment variable, NAME=VALUE, or NAME to pass on the host's",
            group=PROCESS,
        ),
    ] = ()
    env_file: Annotated[tuple[Path, ...], Parameter(help="File of environment variables", group=PROCESS)] = ()
    label: Annotated[
        tuple[str, ...], Parameter(name=["--label", "-l"], help="Label, NAME=VALUE", group=METADATA)
    ] = ()
    volume: Annotated[
        tuple[str, ...],
        Parameter(name=["--volume", "-v"], help="Bind mount or volume, [SOURCE:]TARGET[:ro]", group=STORAGE),
    ] = ()
    mount: Annotated[
        tuple[str, ...],
        Parameter(help="Mount, KEY=VALUE[,...] with type, source, target, readonly and more", group=STORAGE),
    ] = ()
    tmpfs: Annotated[
        tuple[str, ...], Parameter(help="Tmpfs mount, PATH[:OPTIONS], such as /tmp:size=64m", group=STORAGE)
    ] = ()
    volumes_from: Annotated[
        tuple[str, ...], Parameter(help="Container whose mounts to use, CONTAINER[:ro]", group=STORAGE)
    ] = ()
    label_file: Annotated[tuple[Path, ...], Parameter(help="File of labels", group=METADATA)] = ()
    cidfile: Annotated[Path | None, Parameter(help="File to write the container ID to", group=METADATA)] = (
        None
    )
    platform: Annotated[str, Parameter(help="Platform of the image, OS/ARCH[/VARIANT]", group=IMAGE)] = ""
    publish: Annotated[
        tuple[str, ...],
        Parameter(
            name=["--publish", "-p"],
            help="Port to publish, [IP:][HOST_PORT:]PORT[/udp]; IP is 127.0.0.1 by default",
            group=NETWORK,
        ),
    ] = ()
    publish_all: Annotated[
        bool,
        Parameter(
            name=["--publish-all", "-P"], help="Publish all exposed ports to free host ports", group=NETWORK
        ),
    ] = False
    workdir: Annotated[
        str, Parameter(name=["--workdir", "-w"], help="Working directory in the container", group=PROCESS)
    ] = ""
    user: Annotated[
        str, Parameter(name=["--user", "-u"], help="User name or ID, USER[:GROUP]", group=PROCESS)
    ] = ""
    entrypoint: Annotated[
        str | None, Parameter(help="Entrypoint, in place of the image's; '' for none", group=PROCESS)
    ] = None
    lifecycle: LifecycleOptions = field(default_factory=LifecycleOptions)
    limits: LimitOptions = field(default_factory=LimitOptions)
    confined: SecurityOptions = field(default_factory=SecurityOptions)
    isolated: IsolationOptions = field(default_factory=IsolationOptions)
    interactive: Annotated[bool, Parameter(name=["--interactive", "-i"], help="Keep STDIN open")] = False
    tty: Annotated[bool, Parameter(name=["--tty", "-t"], help="Allocate a pseudo-TTY")] = False
    init: Annotated[
        bool, Parameter(help="Run an init as PID 1 that forwards signals and reaps processes", group=PROCESS)
    ] = False
    pull: Annotated[
        Literal["missing", "always", "never"], Parameter(help="When to pull the image", group=IMAGE)
    ] = "missing"


def spec_of(
    image: str, command: tuple[str, ...], options: RunOptions, *, detached: bool = False
) -> ContainerSpec:
    """What the flags ask for; raises InvalidArgument."""
    _check_image(image)
    return ContainerSpec(
        image=image,
        command=command,
        entrypoint=None if options.entrypoint is None else tuple(filter(None, (options.entrypoint,))),
        environment=environment(options.env_file, options.env),
        working_dir=options.workdir,
        user=options.user,
        labels=labels((*(line for file in options.label_file for line in _lines_of(file)), *options.label)),
        mounts=_mounts(options),
        ports=published(options.publish),
        publish_all=options.publish_all,
        auto_remove=options.rm,
        restart=RestartPolicy.parse(options.lifecycle.restart),
        stop_signal=options.lifecycle.stop_signal,
        stop_timeout=options.lifecycle.stop_seconds,
        healthcheck=options.lifecycle.healthcheck,
        resources=options.limits.resources,
        tty=options.tty,
        stdin=options.interactive,
        stdin_once=options.interactive and not detached,
        init=options.init,
        hostname=options.isolated.hostname,
        security=options.confined.security,
        isolation=options.isolated.isolation,
        volumes_from=options.volumes_from,
        platform=options.platform,
    )


def _check_image(image: str) -> None:
    """Refuse what is neither a reference nor an id before anything is asked of the daemon."""
    if not all(letter in "0123456789abcdef" for letter in image.removeprefix("sha256:")) or not image:
        ImageReference.parse(image)


def published(texts: tuple[str, ...]) -> tuple[PortBinding, ...]:
    """`-p` flags; raises InvalidArgument."""
    ports = tuple(port for text in texts for port in parse_publish(text))
    for index, port in enumerate(ports):
        if any(port.overlaps(other) for other in ports[:index]):
            raise InvalidArgument("published port", port.address, "port-twice")
    return ports


def _mounts(options: RunOptions) -> tuple[Mount, ...]:
    return (
        *map(_mount, options.volume),
        *map(parse_mount_flag, options.mount),
        *map(parse_tmpfs_flag, options.tmpfs),
    )


def _mount(text: str) -> Mount:
    """A `-v`, its relative source made absolute here, where the working directory is known."""
    source, colon, rest = text.partition(":")
    if colon and source.startswith("."):
        text = f"{Path(source).absolute().resolve(strict=False)}:{rest}"
    return parse_volume_flag(text)


def labels(texts: tuple[str, ...]) -> dict[str, str]:
    """`-l NAME=value` flags; raises InvalidArgument."""
    named = {}
    for text in texts:
        name, _, value = text.partition("=")
        if not name:
            raise InvalidArgument("label", text, "not-name-value")
        named[name] = value
    return named


def environment(files: tuple[Path, ...], texts: tuple[str, ...]) -> tuple[str, ...]:
    """`--env-file` and `-e` flags as NAME=value; raises InvalidArgument."""
    from_files = (line for file in files for line in _lines_of(file))
    return tuple(_entry(text) for text in (*from_files, *texts))


def _entry(text: str) -> str:
    """NAME=value as it is; NAME with the host's value, or alone if the host has none: then it is removed."""
    if text in os.environ:
        return f"{text}={os.environ[text]}"
    return check_environment(text)


def _lines_of(file: Path) -> Iterator[str]:
    """The entries of an env file, whose names must be one word. Raises InvalidArgument."""
    for number, line in enumerate(_text_of(file).split("\n"), start=1):
        entry = line.removesuffix("\r").lstrip()
        if not entry or entry.startswith("#"):
            continue
        name = entry.partition("=")[0]
        if not name or len(name.split()) != 1 or name != name.strip():
            raise InvalidArgument("env file", str(file), "env-file-line", str(number))
        yield entry


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise InvalidArgument("env file", str(file), "not-utf-8") from error
        raise InvalidArgument("env file", str(file), "reported", error.strerror or str(error)) from error
