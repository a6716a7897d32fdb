"""The flags of `build`, and what they ask for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from domain.build import BuildOutput, BuildSecret
from domain.build_options import (
    parse_annotation,
    parse_cache,
    parse_entitlement,
    parse_network,
    parse_output,
    parse_provenance,
    parse_sbom,
    parse_secret,
)
from domain.confinement import HOST_GATEWAY, Ulimit, parse_extra_host
from domain.errors import InvalidArgument
from domain.image import ImageReference
from domain.quantities import memory_size
from entrypoints.cli.options.groups import BUILD_CACHE, BUILD_OUTPUT, BUILD_STEPS, COMMON, METADATA
from entrypoints.cli.options.run import labels
from entrypoints.cli.usage import UsageError


@Parameter(name="*", group=COMMON)
@dataclass(frozen=True)
class BuildOptions:
    """Flags of `build` that most builds have."""

    tag: Annotated[
        tuple[str, ...], Parameter(name=["--tag", "-t"], help="Name of the image, NAME[:TAG]")
    ] = ()
    file: Annotated[
        str, Parameter(name=["--file", "-f"], help="Path of the Dockerfile (default PATH/Dockerfile)")
    ] = ""
    build_arg: Annotated[
        tuple[str, ...],
        Parameter(name=["--build-arg"], help="Build argument, NAME=VALUE, or NAME to pass on the host's"),
    ] = ()
    target: Annotated[str, Parameter(help="Stage to build")] = ""
    pull: Annotated[bool, Parameter(name="--pull", help="Pull newer base images")] = False
    platform: Annotated[
        tuple[str, ...],
        Parameter(help="Platforms of the image, OS/ARCH[/VARIANT][,...] (default: the host's)"),
    ] = ()
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], help="Print the image ID only")] = False
    progress: Annotated[
        Literal["auto", "plain", "quiet"],
        Parameter(env_var="BUILDKIT_PROGRESS", help="Progress output"),
    ] = "auto"


@Parameter(name="*", group=BUILD_OUTPUT)
@dataclass(frozen=True)
class OutputOptions:
    """Flags about what comes of a build."""

    output: Annotated[
        tuple[str, ...],
        Parameter(
            name=["--output", "-o"],
            help="Output, PATH for a directory, - for a tar archive on stdout, or type=TYPE[,dest=PATH][,...] "
            "with image, registry, local, tar, oci or docker",
            allow_leading_hyphen=True,
        ),
    ] = ()
    push: Annotated[bool, Parameter(help="Push the image to the registry that its name says")] = False
    iidfile: Annotated[Path | None, Parameter(help="File to write the image ID to")] = None
    metadata_file: Annotated[Path | None, Parameter(help="File to write the build's metadata to, JSON")] = (
        None
    )
    label: Annotated[tuple[str, ...], Parameter(help="Label of the image, NAME=VALUE", group=METADATA)] = ()
    annotation: Annotated[
        tuple[str, ...],
        Parameter(help="Annotation of the image, [manifest:|index:]NAME=VALUE", group=METADATA),
    ] = ()
    provenance: Annotated[
        str, Parameter(help="Provenance of the image: true, false or mode=min|max", group=METADATA)
    ] = ""
    sbom: Annotated[
        str, Parameter(help="SBOM of the image: true, false or generator=IMAGE", group=METADATA)
    ] = ""


@Parameter(name="*", group=BUILD_CACHE)
@dataclass(frozen=True)
class CacheOptions:
    """Flags about the build cache."""

    no_cache: Annotated[bool, Parameter(name="--no-cache", help="Build every step without the cache")] = False
    no_cache_filter: Annotated[
        tuple[str, ...], Parameter(name="--no-cache-filter", help="Stage to build without the cache")
    ] = ()
    cache_from: Annotated[
        tuple[str, ...], Parameter(help="Cache to use, NAME[:TAG] or type=registry,ref=NAME[:TAG]")
    ] = ()
    cache_to: Annotated[
        tuple[str, ...], Parameter(help="Cache to write, type=inline or type=registry,ref=NAME[:TAG]")
    ] = ()


@Parameter(name="*", group=BUILD_STEPS)
@dataclass(frozen=True)
class StepOptions:
    """Flags about what the steps of a build have."""

    secret: Annotated[
        tuple[str, ...], Parameter(help="Secret of RUN steps, id=NAME with src=FILE or env=VARIABLE")
    ] = ()
    ssh: Annotated[
        tuple[str, ...], Parameter(help="SSH agent or keys of RUN steps, default or ID=SOCKET or ID=KEY")
    ] = ()
    add_host: Annotated[tuple[str, ...], Parameter(help="Extra name in RUN steps, NAME:ADDRESS")] = ()
    network: Annotated[str, Parameter(help="Network of RUN steps: default, none or host")] = ""
    shm_size: Annotated[str, Parameter(help="Size of /dev/shm in RUN steps, such as 128m")] = ""
    ulimit: Annotated[tuple[str, ...], Parameter(help="Limit of RUN steps, NAME=SOFT[:HARD]")] = ()
    allow: Annotated[
        tuple[str, ...], Parameter(help="What steps may do: network.host or security.insecure")
    ] = ()


def outputs(options: OutputOptions) -> tuple[BuildOutput, ...]:
    """What `--output` and `--push` ask for, () for an image in the store; raises InvalidArgument, UsageError."""
    asked = tuple(parse_output(text) for text in options.output)
    if sum(output.is_stdout for output in asked) > 1:
        raise UsageError("several-to-stdout")
    if not options.push:
        return asked
    if not any(output.is_image for output in asked):
        asked += (BuildOutput("image"),)
    return tuple(_pushed(output) if output.is_image else output for output in asked)


def _pushed(output: BuildOutput) -> BuildOutput:
    return BuildOutput(output.kind, output.attributes | {"push": "true"}, output.destination)


def tags(texts: tuple[str, ...]) -> tuple[ImageReference, ...]:
    """The names of `--tag`; raises InvalidArgument."""
    return tuple(map(_tag, texts))


def _tag(text: str) -> ImageReference:
    name = ImageReference.parse(text).tagged()
    if name.digest is not None:
        raise InvalidArgument("image reference", text, "digest-as-tag")
    return name


def build_arguments(texts: tuple[str, ...]) -> dict[str, str]:
    """The arguments of `--build-arg`; a name alone takes the caller's variable. Raises InvalidArgument."""
    arguments = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name:
            raise InvalidArgument("build argument", text, "not-name-value")
        if equals:
            arguments[name] = value
        elif name in os.environ:
            arguments[name] = os.environ[name]
    return arguments


def described(options: OutputOptions) -> dict[str, dict[str, str]]:
    """The fields of a BuildRequest that say something of the image; raises InvalidArgument."""
    attestations = {
        "provenance": parse_provenance(options.provenance),
        "sbom": parse_sbom(options.sbom),
    }
    return {
        "labels": labels(options.label),
        "annotations": dict(map(parse_annotation, options.annotation)),
        "attestations": {kind: asked for kind, asked in attestations.items() if asked is not None},
    }


def cached(options: CacheOptions) -> dict[str, object]:
    """The fields of a BuildRequest about the cache; raises InvalidArgument, UsageError."""
    if options.no_cache and options.no_cache_filter:
        raise UsageError("no-cache-with-filter")
    return {
        "no_cache": options.no_cache,
        "no_cache_stages": tuple(
            stage for text in options.no_cache_filter for stage in text.split(",") if stage
        ),
        "cache_from": tuple(parse_cache("cache source", text) for text in options.cache_from),
        "cache_to": tuple(parse_cache("cache target", text) for text in options.cache_to),
    }


def stepped(options: StepOptions) -> dict[str, object]:
    """The fields of a BuildRequest about its steps, without `ssh`; raises InvalidArgument."""
    network = parse_network(options.network)
    allowed = (*map(parse_entitlement, options.allow), *(("network.host",) if network == "host" else ()))
    return {
        "secrets": dict(map(_secret, options.secret)),
        "extra_hosts": tuple(map(_extra_host, options.add_host)),
        "network": network,
        "shm_size": memory_size("shm size", options.shm_size),
        "ulimits": tuple(map(_ulimit, options.ulimit)),
        "entitlements": tuple(dict.fromkeys(allowed)),
    }


def _secret(text: str) -> tuple[str, BuildSecret]:
    source = parse_secret(text)
    if source.variable:
        if source.variable not in os.environ:
            raise InvalidArgument("secret", text, "no-such-variable", source.variable)
        return source.id, BuildSecret(value=os.fsencode(os.environ[source.variable]))
    if not source.file and source.id in os.environ:
        return source.id, BuildSecret(value=os.fsencode(os.environ[source.id]))
    path = Path(source.file or source.id).absolute()
    if not path.is_file():
        raise InvalidArgument("secret", text, "no-such-file")
    return source.id, BuildSecret(path)


def _extra_host(text: str) -> str:
    name, _, address = parse_extra_host(text).partition(":")
    if address == HOST_GATEWAY:
        raise InvalidArgument("extra host", text, "no-gateway-in-build")
    return f"{name}={address}"


def _ulimit(text: str) -> str:
    limit = Ulimit.parse(text)
    return f"{limit.name}={limit.soft}:{limit.hard}"
