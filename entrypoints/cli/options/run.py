"""The flags of `run` and `create`, and what they ask for."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.image import ImageReference
from domain.network import PortBinding, parse_publish
from domain.spec import ContainerSpec, RestartPolicy, check_environment
from domain.volume import Mount, parse_mount_flag, parse_tmpfs_flag, parse_volume_flag
from entrypoints.cli.options.isolation import IsolationOptions
from entrypoints.cli.options.lifecycle import LifecycleOptions
from entrypoints.cli.options.resources import LimitOptions
from entrypoints.cli.options.security import SecurityOptions

Image = Annotated[str, Parameter(help="The image to run: a name, or an id.")]
Command = Annotated[str, Parameter(help="The command, in place of the image's.", allow_leading_hyphen=True)]


@Parameter(name="*")
@dataclass(frozen=True)
class RunOptions:
    """Flags of `run` and `create`."""

    name: Annotated[str, Parameter(help="Name the container; made up if not given.")] = ""
    rm: Annotated[bool, Parameter(help="Remove the container and its anonymous volumes when it ends.")] = (
        False
    )
    env: Annotated[
        tuple[str, ...],
        Parameter(name=["--env", "-e"], help="NAME=value, or NAME to pass the host's value on."),
    ] = ()
    env_file: Annotated[tuple[Path, ...], Parameter(help="Read NAME=value lines from a file.")] = ()
    label: Annotated[tuple[str, ...], Parameter(name=["--label", "-l"], help="NAME=value.")] = ()
    volume: Annotated[
        tuple[str, ...], Parameter(name=["--volume", "-v"], help="[host path or volume name:]path[:ro].")
    ] = ()
    mount: Annotated[
        tuple[str, ...], Parameter(help="type=bind|volume|tmpfs,source=…,target=…[,readonly] and more.")
    ] = ()
    tmpfs: Annotated[tuple[str, ...], Parameter(help="/path[:size=64m,mode=1777,…]: files in memory.")] = ()
    volumes_from: Annotated[
        tuple[str, ...], Parameter(help="NAME[:ro]: the mounts of another container.")
    ] = ()
    label_file: Annotated[tuple[Path, ...], Parameter(help="Read NAME=value lines from a file.")] = ()
    cidfile: Annotated[Path | None, Parameter(help="Write the container's id to a file of this name.")] = None
    platform: Annotated[str, Parameter(help="os/arch[/variant] of the image.")] = ""
    publish: Annotated[
        tuple[str, ...],
        Parameter(
            name=["--publish", "-p"], help="[ip:][host port:]port[/udp]; on 127.0.0.1 if no ip is given."
        ),
    ] = ()
    publish_all: Annotated[
        bool, Parameter(name=["--publish-all", "-P"], help="Publish what the image exposes at free ports.")
    ] = False
    workdir: Annotated[str, Parameter(name=["--workdir", "-w"], help="The working directory.")] = ""
    user: Annotated[str, Parameter(name=["--user", "-u"], help="name|uid[:gid].")] = ""
    entrypoint: Annotated[
        str | None, Parameter(help="The program, in place of the image's; '' for none.")
    ] = None
    lifecycle: LifecycleOptions = field(default_factory=LifecycleOptions)
    limits: LimitOptions = field(default_factory=LimitOptions)
    confined: SecurityOptions = field(default_factory=SecurityOptions)
    isolated: IsolationOptions = field(default_factory=IsolationOptions)
    interactive: Annotated[
        bool, Parameter(name=["--interactive", "-i"], help="Keep its input open, and pass ours on.")
    ] = False
    tty: Annotated[bool, Parameter(name=["--tty", "-t"], help="Give it a terminal.")] = False
    init: Annotated[bool, Parameter(help="Run an init as pid 1: it passes signals on and reaps.")] = False
    pull: Annotated[Literal["missing", "always", "never"], Parameter(help="When to pull the image.")] = (
        "missing"
    )


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
        stop_timeout=options.lifecycle.patience,
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
    return tuple(entry for text in (*from_files, *texts) if (entry := _entry(text)))


def _entry(text: str) -> str:
    """NAME=value as it is; NAME with the host's value, "" if the host has none."""
    if "=" not in text and text:
        return f"{text}={os.environ[text]}" if text in os.environ else ""
    return check_environment(text)


def _lines_of(file: Path) -> list[str]:
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise InvalidArgument("env file", str(file), "not-utf-8") from error
        raise InvalidArgument("env file", str(file), "reported", error.strerror or str(error)) from error
    return [line.lstrip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
