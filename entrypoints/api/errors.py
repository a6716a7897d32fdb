"""Domain errors on the wire: a code, and a google.rpc.ErrorInfo with the error's class and fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

from domain import errors
from domain.errors import K3cError

if TYPE_CHECKING:  # a command line that needs no streams does without it
    import grpc

DETAILS_KEY = "grpc-status-details-bin"
_DOMAIN = "k3c"
_LONGEST_FIELD = 4000  # characters: a trailer of more than 16 KiB is dropped by some peers

_CODES: dict[type[K3cError], int] = {
    errors.InvalidArgument: code_pb2.INVALID_ARGUMENT,
    errors.AmbiguousReference: code_pb2.INVALID_ARGUMENT,
    errors.MountSourceMissing: code_pb2.INVALID_ARGUMENT,
    errors.NotFound: code_pb2.NOT_FOUND,
    errors.AlreadyExists: code_pb2.ALREADY_EXISTS,
    errors.Conflict: code_pb2.FAILED_PRECONDITION,
    errors.PortInUse: code_pb2.FAILED_PRECONDITION,
    errors.InUse: code_pb2.FAILED_PRECONDITION,
    errors.NoWorkingDirectory: code_pb2.FAILED_PRECONDITION,
    errors.CommandNotFound: code_pb2.FAILED_PRECONDITION,
    errors.CommandNotExecutable: code_pb2.FAILED_PRECONDITION,
    errors.Unavailable: code_pb2.UNAVAILABLE,
    errors.Unauthenticated: code_pb2.UNAUTHENTICATED,
    errors.PermissionDenied: code_pb2.PERMISSION_DENIED,
    errors.Unsupported: code_pb2.UNIMPLEMENTED,
    errors.NotHealthy: code_pb2.FAILED_PRECONDITION,
    errors.BuildFailed: code_pb2.INTERNAL,
    errors.RuntimeFailed: code_pb2.INTERNAL,
}
_CLASSES = {kind.__name__: kind for kind in _CODES}


def code_of(error: K3cError) -> int:
    """Return the google.rpc.Code of an error's class, which is gRPC's number."""
    return _CODES[type(error)]


def code_name(code: int) -> str:
    """Return the name of a google.rpc.Code; a number that is none is `UNKNOWN`, as gRPC has it."""
    return str(code_pb2.Code.Name(code if code in code_pb2.Code.values() else code_pb2.UNKNOWN))


def to_details(error: K3cError) -> bytes:
    """Return the serialized google.rpc.Status for the trailer `grpc-status-details-bin`."""
    fields = {name: value[:_LONGEST_FIELD] for name, value in error.fields().items()}
    info = error_details_pb2.ErrorInfo(reason=type(error).__name__, domain=_DOMAIN, metadata=fields)
    packed = any_pb2.Any()
    packed.Pack(info)
    status = status_pb2.Status(code=code_of(error), message=str(error)[:_LONGEST_FIELD], details=[packed])
    return bytes(status.SerializeToString())


def from_details(details: bytes) -> K3cError | None:
    """Return the error in a trailer, None without an error of k3c's."""
    for packed in status_pb2.Status.FromString(details).details:
        info = error_details_pb2.ErrorInfo()
        if packed.Unpack(info) and info.domain == _DOMAIN and info.reason in _CLASSES:
            kind = _CLASSES[info.reason]
            return kind(*(info.metadata.get(name, "") for name in kind.__dataclass_fields__))
    return None


def details_of(error: grpc.aio.AioRpcError) -> bytes | None:
    """Return the details in the trailers of a failed call, None without any."""
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS_KEY and isinstance(value, bytes):
            return value
    return None


def from_call(error: grpc.aio.AioRpcError) -> K3cError | None:
    """Return the domain error that a failed call carries, None if it carries none."""
    details = details_of(error)
    return None if details is None else from_details(details)
