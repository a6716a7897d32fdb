"""Domain errors on the wire: a gRPC code, and a google.rpc.ErrorInfo with the error's class and fields."""

from __future__ import annotations

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from domain import errors
from domain.errors import K3cError

DETAILS_KEY = "grpc-status-details-bin"
_DOMAIN = "k3c"
_LONGEST_FIELD = 4000  # characters: a trailer of more than 16 KiB is dropped by some peers

_CODES: dict[type[K3cError], grpc.StatusCode] = {
    errors.InvalidArgument: grpc.StatusCode.INVALID_ARGUMENT,
    errors.AmbiguousReference: grpc.StatusCode.INVALID_ARGUMENT,
    errors.MountSourceMissing: grpc.StatusCode.INVALID_ARGUMENT,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.Conflict: grpc.StatusCode.FAILED_PRECONDITION,
    errors.PortInUse: grpc.StatusCode.FAILED_PRECONDITION,
    errors.InUse: grpc.StatusCode.FAILED_PRECONDITION,
    errors.CommandNotFound: grpc.StatusCode.FAILED_PRECONDITION,
    errors.CommandNotExecutable: grpc.StatusCode.FAILED_PRECONDITION,
    errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
    errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    errors.PermissionDenied: grpc.StatusCode.PERMISSION_DENIED,
    errors.Unsupported: grpc.StatusCode.UNIMPLEMENTED,
    errors.NotHealthy: grpc.StatusCode.FAILED_PRECONDITION,
    errors.BuildFailed: grpc.StatusCode.INTERNAL,
    errors.RuntimeFailed: grpc.StatusCode.INTERNAL,
}
_CLASSES = {kind.__name__: kind for kind in _CODES}


def code_of(error: K3cError) -> grpc.StatusCode:
    """Return the gRPC code of an error's class."""
    return _CODES[type(error)]


def to_details(error: K3cError) -> bytes:
    """Return the serialized google.rpc.Status for the trailer `grpc-status-details-bin`."""
    fields = {name: value[:_LONGEST_FIELD] for name, value in error.fields().items()}
    info = error_details_pb2.ErrorInfo(reason=type(error).__name__, domain=_DOMAIN, metadata=fields)
    packed = any_pb2.Any()
    packed.Pack(info)
    code = code_of(error).value[0]
    status = status_pb2.Status(code=code, message=str(error)[:_LONGEST_FIELD], details=[packed])
    return bytes(status.SerializeToString())


def from_details(details: bytes) -> K3cError | None:
    """Return the error in a trailer, None without an error of k3c's."""
    for packed in status_pb2.Status.FromString(details).details:
        info = error_details_pb2.ErrorInfo()
        if packed.Unpack(info) and info.domain == _DOMAIN and info.reason in _CLASSES:
            kind = _CLASSES[info.reason]
            return kind(*(info.metadata.get(name, "") for name in kind.__dataclass_fields__))
    return None


def from_call(error: grpc.aio.AioRpcError) -> K3cError | None:
    """Return the domain error that a failed call carries, None if it carries none."""
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS_KEY and isinstance(value, bytes):
            return from_details(value)
    return None
