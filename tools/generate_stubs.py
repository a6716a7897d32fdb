"""Generate Python modules from the .proto files of this repository.

generate_stubs.py            write them beside the .proto files
generate_stubs.py --check    write nothing, fail if what is there differs
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py", "_pb2_grpc.pyi")


def proto_files() -> list[Path]:
    """All .proto files, relative to the root: their path is the path of the Python module."""
    roots = (ROOT / "adapters", ROOT / "entrypoints")
    return sorted(path.relative_to(ROOT) for root in roots for path in root.rglob("*.proto"))


def includes() -> list[str]:
    """Folders that imports are looked up in: ours, protobuf's own and googleapis-common-protos."""
    tools = find_spec("grpc_tools")
    common = find_spec("google.rpc")
    if tools is None or tools.origin is None or common is None or not common.submodule_search_locations:
        raise SystemExit("generate_stubs.py: install the development dependencies first")
    googleapis = Path(next(iter(common.submodule_search_locations))).parent.parent
    return [f"-I{ROOT}", f"-I{Path(tools.origin).parent / '_proto'}", f"-I{googleapis}"]


def generate(into: Path) -> None:
    """Write the modules of every .proto below `into`."""
    scripts = Path(sys.executable).parent
    plugins = [f"--plugin={scripts / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
    outputs = [f"--{kind}_out={into}" for kind in ("python", "mypy", "grpc_python", "mypy_grpc")]
    files = [str(path) for path in proto_files()]
    if protoc.main(["protoc", *includes(), *plugins, *outputs, *files]) != 0:
        raise SystemExit("generate_stubs.py: protoc failed")


def outdated(fresh: Path) -> list[Path]:
    """Generated files that are missing, left over, or differ from the fresh ones."""
    made = {path.relative_to(fresh) for path in fresh.rglob("*_pb2*") if path.is_file()}
    here = {
        path.relative_to(ROOT)
        for proto in proto_files()
        for path in (ROOT / proto.parent).iterdir()
        if path.name.endswith(GENERATED)
    }
    differing = {path for path in made & here if (fresh / path).read_bytes() != (ROOT / path).read_bytes()}
    return sorted((made ^ here) | differing)


def main() -> None:
    """Write or check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        generate(ROOT)
        return
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch))
        if differing := outdated(Path(scratch)):
            sys.exit("outdated, run `make stubs`: " + ", ".join(map(str, differing)))


if __name__ == "__main__":
    main()
