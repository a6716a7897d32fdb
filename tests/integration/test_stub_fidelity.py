"""The trimmed .proto files of the adapters, against the upstream ones of the versions k3c embeds.

Whatever a trimmed file has must be upstream, under the same full name: messages, fields (number, type,
repeated or not), enum values, services with their methods. What it leaves out is not looked at.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)

ROOT = Path(__file__).resolve().parents[2]
TRIMMED = sorted(path.relative_to(ROOT) for path in (ROOT / "adapters").glob("*/proto/**/*.proto"))

_PATH = "a path of Linux is bytes, which need not be UTF-8"
_XATTR = "the entry of upstream's map<string, bytes>, written out for names that are not UTF-8"
ON_PURPOSE = {
    "fsutil.types.Stat.path": ("1 single TYPE_BYTES", _PATH),
    "fsutil.types.Stat.linkname": ("7 single TYPE_BYTES", _PATH),
    "fsutil.types.Stat.xattrs": ("10 repeated TYPE_MESSAGE .fsutil.types.Stat.Xattr", _XATTR),
    "fsutil.types.Stat.Xattr": ("message", _XATTR),
    "fsutil.types.Stat.Xattr.key": ("1 single TYPE_BYTES", _XATTR),
    "fsutil.types.Stat.Xattr.value": ("2 single TYPE_BYTES", _XATTR),
    "ttrpc.Response.status": (
        "1 single TYPE_MESSAGE .google.rpc.Status",
        "upstream has a copy of it in no package",
    ),
}
"""What differs though its bytes on the wire are the same: name to what the trimmed file says, and why."""

Definitions = dict[str, str]
"""Everything that can be said of a set of files: full name to what it is there."""


@dataclass(frozen=True)
class Upstream:
    """A pinned Go module that has .proto files, and the part of runtime/ that pins it.

    `included_as` is where its files are found by imports: "" is the module's own folder.
    """

    part: str
    module: str
    files: tuple[str, ...] = ()
    included_as: str = ""
    include: str = ""


CRI = (Upstream("containerd", "k8s.io/cri-api", ("pkg/apis/runtime/v1/api.proto",)),)
CONTAINERD = (
    Upstream("containerd", "github.com/containerd/containerd/api", ("**/*.proto",)),
    Upstream("containerd", "github.com/containerd/ttrpc", ("request.proto",)),
)
_BUILDKIT_FILES = ("api/**/*.proto", "frontend/**/*.proto", "session/**/*.proto", "solver/pb/*.proto")
BUILDKIT = (
    Upstream("buildkitd", "github.com/moby/buildkit", _BUILDKIT_FILES, "github.com/moby/buildkit"),
    Upstream("buildkitd", "github.com/tonistiigi/fsutil", ("types/*.proto",), "github.com/tonistiigi/fsutil"),
    Upstream("buildkitd", "github.com/planetscale/vtprotobuf", include="include"),
)
SETS = {"cri": CRI, "containerd": CONTAINERD, "buildkit": BUILDKIT}


def find_go() -> str:
    """The Go that builds the embedded programs."""
    spec = spec_from_file_location("k3c_runtime_build", ROOT / "runtime" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    build = module_from_spec(spec)
    sys.modules[spec.name] = build  # dataclasses look their module up
    spec.loader.exec_module(build)
    go: str = build.find_go(build.cache_folder() / "runtime")
    return go


def module_folder(go: str, upstream: Upstream) -> Path:
    """Where the pinned version of a module is in Go's module cache."""
    environment = os.environ | {"GOFLAGS": "-mod=readonly", "GOWORK": "off", "GOTOOLCHAIN": "local"}

    def run(*arguments: str) -> str:
        folder = ROOT / "runtime" / upstream.part
        command = [go, *arguments]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout.strip()

    run("mod", "download", upstream.module)
    return Path(run("list", "-mod=readonly", "-m", "-f", "{{.Dir}}", upstream.module))


def own_includes() -> list[str]:
    """The folders of protobuf's own files and of googleapis'."""
    tools, common = find_spec("grpc_tools"), find_spec("google.rpc")
    assert tools is not None
    assert tools.origin is not None
    assert common is not None
    assert common.submodule_search_locations
    googleapis = Path(next(iter(common.submodule_search_locations))).parent.parent
    return [f"-I{Path(tools.origin).parent / '_proto'}", f"-I{googleapis}"]


def compiled(includes: Iterable[str], files: Iterable[str], into: Path) -> FileDescriptorSet:
    """What protoc understands of the files."""
    command = [sys.executable, "-m", "grpc_tools.protoc", *includes, *own_includes()]
    command += [f"--descriptor_set_out={into}", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return FileDescriptorSet.FromString(into.read_bytes())


def compiled_upstream(go: str, modules: Iterable[Upstream], scratch: Path) -> FileDescriptorSet:
    """The upstream files of modules that import each other, in a tree as their imports want it."""
    includes, files = [f"-I{scratch}"], list[str]()
    for upstream in modules:
        folder = module_folder(go, upstream)
        if upstream.included_as:
            link = scratch / upstream.included_as
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(folder)
        else:
            includes.append(f"-I{folder / upstream.include}")
        found = sorted(
            path.relative_to(folder) for pattern in upstream.files for path in folder.glob(pattern)
        )
        files += [str(Path(upstream.included_as, path)) for path in found]
    return compiled(includes, files, scratch / "upstream.pb")


def definitions(file: FileDescriptorProto) -> Definitions:
    """All that a file defines, by full name."""
    package = f".{file.package}"
    return dict(
        pair
        for pairs in (
            *(of_message(package, message) for message in file.message_type),
            *(of_enum(package, enum) for enum in file.enum_type),
            *(of_service(package, service) for service in file.service),
        )
        for pair in pairs
    )


def of_message(scope: str, message: DescriptorProto) -> Iterator[tuple[str, str]]:
    name = f"{scope}.{message.name}"
    yield name, "message"
    for field in message.field:
        kind = FieldDescriptorProto.Type.Name(field.type)
        label = "repeated" if field.label == FieldDescriptorProto.LABEL_REPEATED else "single"
        yield f"{name}.{field.name}", f"{field.number} {label} {kind} {field.type_name}".rstrip()
    for nested in message.nested_type:
        yield from of_message(name, nested)
    for enum in message.enum_type:
        yield from of_enum(name, enum)


def of_enum(scope: str, enum: EnumDescriptorProto) -> Iterator[tuple[str, str]]:
    yield f"{scope}.{enum.name}", "enum"
    for value in enum.value:
        yield f"{scope}.{enum.name}.{value.name}", f"value {value.number}"


def of_service(scope: str, service: ServiceDescriptorProto) -> Iterator[tuple[str, str]]:
    yield f"{scope}.{service.name}", "service"
    for method in service.method:
        streams = f"{'stream ' * method.client_streaming}{method.input_type}"
        answers = f"{'stream ' * method.server_streaming}{method.output_type}"
        yield f"{scope}.{service.name}.{method.name}", f"({streams}) returns ({answers})"


def differences(trimmed: Definitions, upstream: Definitions) -> list[str]:
    """Each thing of the trimmed file that is not so upstream, and not so on purpose."""
    return [
        f"{name}: {told!r}, upstream {upstream.get(name, 'nothing')!r}"
        for name, told in trimmed.items()
        if told not in (upstream.get(name), ON_PURPOSE.get(name.lstrip("."), ("", ""))[0])
    ]


def joined(files: FileDescriptorSet) -> Definitions:
    return {name: told for file in files.file for name, told in definitions(file).items()}


@pytest.fixture(scope="session")
def upstream_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Definitions]:
    """The upstream definitions for an adapter, compiled once."""
    known: dict[str, Definitions] = {}
    go = find_go()

    def look_up(adapter: str) -> Definitions:
        if adapter not in known:
            known[adapter] = joined(compiled_upstream(go, SETS[adapter], tmp_path_factory.mktemp(adapter)))
        return known[adapter]

    return look_up


@pytest.mark.parametrize("path", TRIMMED, ids=str)
def test_it_says_what_upstream_says(
    path: Path, upstream_of: Callable[[str], Definitions], tmp_path: Path
) -> None:
    trimmed = joined(compiled([f"-I{ROOT}"], [str(path)], tmp_path / "trimmed.pb"))
    assert trimmed
    assert differences(trimmed, upstream_of(path.parts[1])) == []


def test_every_difference_on_purpose_is_one(
    upstream_of: Callable[[str], Definitions], tmp_path: Path
) -> None:
    upstream = {name: told for adapter in SETS for name, told in upstream_of(adapter).items()}
    trimmed = joined(compiled([f"-I{ROOT}"], map(str, TRIMMED), tmp_path / "trimmed.pb"))
    for name, (told, _) in ON_PURPOSE.items():
        assert trimmed[f".{name}"] == told
        assert upstream.get(f".{name}") != told


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("string image = 1;", "string image = 2;"),
        ("string image = 1;", "bytes image = 1;"),
        ("string image = 1;", "repeated string image = 1;"),
        ("string image = 1;", "string picture = 1;"),
        ("SIGKILL = 13;", "SIGKILL = 133;"),
        ("rpc StopContainer(StopContainerRequest)", "rpc StopContainer(stream StopContainerRequest)"),
        ("rpc StopContainer(StopContainerRequest)", "rpc StopContainer(StartContainerRequest)"),
        ("message Mount {", "message Mount { message Odd {}"),
    ],
)
def test_a_slip_is_found(
    upstream_of: Callable[[str], Definitions], tmp_path: Path, right: str, wrong: str
) -> None:
    text = (ROOT / "adapters/cri/proto/api.proto").read_text()
    assert right in text
    (tmp_path / "api.proto").write_text(text.replace(right, wrong, 1))
    slipped = joined(compiled([f"-I{tmp_path}"], ["api.proto"], tmp_path / "slipped.pb"))
    assert len(differences(slipped, upstream_of("cri"))) == 1
