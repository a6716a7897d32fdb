"""How the options of a build are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.build import BuildCache, BuildOutput
from domain.build_options import (
    SecretSource,
    fields,
    parse_annotation,
    parse_cache,
    parse_network,
    parse_output,
    parse_provenance,
    parse_secret,
    parse_ssh,
)
from domain.errors import InvalidArgument


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("out", BuildOutput("local", {}, Path("out"))),
        ("-", BuildOutput("tar")),
        ("type=local,dest=out", BuildOutput("local", {}, Path("out"))),
        ("type=tar", BuildOutput("tar")),
        ("type=oci,dest=-", BuildOutput("oci")),
        ('type=oci,"dest=a,b.tar"', BuildOutput("oci", {}, Path("a,b.tar"))),
        ("type=docker", BuildOutput("image")),
        ("type=docker,dest=x", BuildOutput("docker", {}, Path("x"))),
        ("type=image,name=a", BuildOutput("image", {"name": "a"})),
        ("type=registry", BuildOutput("image", {"push": "true", "store": "false"})),
    ],
)
def test_outputs(text: str, output: BuildOutput) -> None:
    assert parse_output(text) == output


@pytest.mark.parametrize(
    "text",
    [
        "",
        "type=zip",
        "dest=x",
        "type=local",
        "type=local,dest=-",
        "type=image,dest=x",
        "type=oci,tar=false,dest=x",
    ],
)
def test_outputs_that_are_refused(text: str) -> None:
    with pytest.raises(InvalidArgument):
        parse_output(text)


def test_caches() -> None:
    assert parse_cache("c", "localhost:5000/c") == BuildCache("registry", {"ref": "localhost:5000/c"})
    assert parse_cache("c", "type=inline") == BuildCache("inline", {})
    for wrong in ("", "type=registry", "type=x", "a,b"):
        with pytest.raises(InvalidArgument):
            parse_cache("c", wrong)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("id=a", SecretSource("a")),
        ("id=a,src=f", SecretSource("a", "f")),
        ("id=a,type=file,source=f", SecretSource("a", "f")),
        ("id=a,env=V", SecretSource("a", variable="V")),
        ("id=V,type=env", SecretSource("V", variable="V")),
        ("id=a,type=env,src=V", SecretSource("a", variable="V")),
    ],
)
def test_secrets(text: str, source: SecretSource) -> None:
    assert parse_secret(text) == source


@pytest.mark.parametrize("text", ["", "a", "src=f", "id=a,type=x", "id=a,mode=1", "id=a,src=f,env=V"])
def test_secrets_that_are_refused(text: str) -> None:
    with pytest.raises(InvalidArgument):
        parse_secret(text)


def test_the_rest() -> None:
    assert parse_ssh("default") == ("default", ())
    assert parse_ssh("a=x,y") == ("a", ("x", "y"))
    assert [parse_provenance(text) for text in ("", "false", "true", "mode=max", "disabled=true")] == [
        None, None, "", "mode=max", None,
    ]  # fmt: skip
    assert parse_annotation("a.b=c=d") == (".a.b", "c=d")
    assert parse_annotation("index:a=b") == ("-index.a", "b")
    assert parse_annotation("manifest[linux/arm64]:a=b") == ("-manifest[linux/arm64].a", "b")
    assert parse_annotation("other:a=b") == (".other:a", "b")
    assert [parse_network(text) for text in ("", "default", "none", "host")] == ["", "", "none", "host"]
    assert fields("x", 'a="b') == {"a": '"b'}
    for wrong in ("bridge", "container:x"):
        with pytest.raises(InvalidArgument):
            parse_network(wrong)
