"""Images, and their transfers, on the wire."""

from __future__ import annotations

from domain.image import Credentials, Image, TransferProgress
from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.api.mapping.spec import healthcheck_to_wire
from entrypoints.api.mapping.times import time_to_wire


def image_to_wire(image: Image) -> pb.Image:
    """Map an image as `images` shows it."""
    return pb.Image(
        id=image.id,
        digest=image.digest,
        references=map(str, image.references),
        created_at=time_to_wire(image.created_at),
        size=image.size,
        platform=image.platform,
    )


def image_details_to_wire(image: Image) -> pb.InspectImageResponse:
    """Map everything about an image."""
    config = image.config
    return pb.InspectImageResponse(
        image=image_to_wire(image),
        entrypoint=config.entrypoint,
        command=config.command,
        environment=config.environment,
        working_dir=config.working_dir,
        user=config.user,
        stop_signal=config.stop_signal,
        labels=config.labels,
        volumes=config.volumes,
        exposed_ports=config.exposed_ports,
        healthcheck=healthcheck_to_wire(config.healthcheck),
    )


def progress_to_wire(step: TransferProgress) -> pb.TransferResponse:
    """Map a step of a pull or push; the last has the manifest's digest."""
    if step.is_last:
        return pb.TransferResponse(status=step.status, digest=step.name, total=step.total)
    return pb.TransferResponse(
        status=step.status, name=step.name, done=step.done, total=step.total, kind=step.kind
    )


def credentials_to_wire(credentials: Credentials) -> pb.Credentials:
    """Map credentials."""
    return pb.Credentials(username=credentials.username, secret=credentials.secret)


def credentials_from_wire(credentials: pb.Credentials) -> Credentials | None:
    """Map credentials; None when the request has none."""
    return Credentials(credentials.username, credentials.secret) if credentials.secret else None
