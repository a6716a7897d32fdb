"""Images, and their transfers, on the wire."""

from __future__ import annotations

from domain.image import Credentials, Image, TransferProgress
from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.api.mapping.times import timestamp


def image_to_wire(image: Image) -> pb.Image:
    """An image as `images` shows it."""
    return pb.Image(
        id=image.id,
        digest=image.digest,
        references=map(str, image.references),
        created_at=timestamp(image.created_at),
        size=image.size,
        platform=image.platform,
    )


def progress_to_wire(step: TransferProgress) -> pb.TransferResponse:
    """A step of a pull or push; the digest stands in the step that says `done`."""
    if step.status == "done":
        return pb.TransferResponse(status=step.status, digest=step.name)
    return pb.TransferResponse(status=step.status, name=step.name, done=step.done, total=step.total)


def credentials_from_wire(credentials: pb.Credentials) -> Credentials | None:
    """Credentials, None when there are none."""
    return Credentials(credentials.username, credentials.secret) if credentials.secret else None
