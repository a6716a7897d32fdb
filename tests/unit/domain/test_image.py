"""Image references."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from string import ascii_letters, ascii_lowercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidArgument
from domain.image import Credentials, Image, ImageConfig, ImageReference

DIGEST = f"sha256:{'a1' * 32}"
HEX = "ab" * 32


@pytest.mark.parametrize(
    ("text", "canonical", "familiar"),
    [
        ("busybox", "docker.io/library/busybox", "busybox"),
        ("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"),
        ("docker.io/busybox", "docker.io/library/busybox", "busybox"),
        ("index.docker.io/library/busybox", "docker.io/library/busybox", "busybox"),
        ("k3c/hello", "docker.io/k3c/hello", "k3c/hello"),
        ("library/a/b", "docker.io/library/a/b", "library/a/b"),
        ("docker.io", "docker.io/library/docker.io", "docker.io"),
        ("localhost", "docker.io/library/localhost", "localhost"),
        ("localhost:5000", "docker.io/library/localhost:5000", "localhost:5000"),
        ("localhost/app", "localhost/app", "localhost/app"),
        ("localhost:5000/app:v1", "localhost:5000/app:v1", "localhost:5000/app:v1"),
        ("[::1]:5000/app", "[::1]:5000/app", "[::1]:5000/app"),
        ("ghcr.io/a/b/c:x", "ghcr.io/a/b/c:x", "ghcr.io/a/b/c:x"),
        ("Registry/app", "Registry/app", "Registry/app"),
        ("a__b/c.d-e--f", "docker.io/a__b/c.d-e--f", "a__b/c.d-e--f"),
        (f"busybox@{DIGEST}", f"docker.io/library/busybox@{DIGEST}", f"busybox@{DIGEST}"),
        (f"busybox:1@{DIGEST}", f"docker.io/library/busybox:1@{DIGEST}", f"busybox:1@{DIGEST}"),
        (f"{HEX}:1", f"docker.io/library/{HEX}:1", f"docker.io/library/{HEX}:1"),
        ("docker.io/foo.bar/app", "docker.io/foo.bar/app", "docker.io/foo.bar/app"),
        ("docker.io/localhost/app", "docker.io/localhost/app", "docker.io/localhost/app"),
        (f"a:{'t' * 128}", f"docker.io/library/a:{'t' * 128}", f"a:{'t' * 128}"),
    ],
)
def test_references_are_read_as_docker_does(text: str, canonical: str, familiar: str) -> None:
    reference = ImageReference.parse(text)
    assert str(reference) == canonical
    assert reference.familiar == familiar


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("Busybox", "reference-uppercase"),
        ("k3c/Hello", "reference-uppercase"),
        (HEX, "reference-is-id"),
        ("busybox:", "tag-form"),
        ("busybox:-x", "tag-form"),
        ("busybox:a b", "tag-form"),
        ("busybox:1\n", "tag-form"),
        (f"a:{'t' * 129}", "tag-form"),
        ("busybox@", "digest-form"),
        ("busybox@sha256:abc", "digest-form"),
        (f"busybox@sha256:{'a' * 63}", "digest-length"),
        (f"busybox@sha256:{'A' * 64}", "digest-length"),
        (f"busybox@md5:{'a' * 32}", "digest-algorithm"),
        (f"busybox@{DIGEST}@{DIGEST}", "digest-form"),
        ("a//b", "reference-form"),
        ("/a", "reference-form"),
        ("a/", "reference-form"),
        ("-a", "reference-form"),
        ("a_-b", "reference-form"),
        ("a___b", "reference-form"),
        ("busy box", "reference-form"),
        ("busybox\n", "reference-form"),
        ("http://localhost/a", "reference-form"),
        ("local_host:5000/a", "reference-form"),
        ("ä", "reference-form"),
        (f"localhost/{'a' * 250}", "reference-too-long"),
    ],
)
def test_what_is_no_reference_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        ImageReference.parse(text)
    assert raised.value.what == "image reference"
    assert raised.value.value == text
    assert raised.value.problem == problem


# Put together from text: from_regex takes ten times as long.
WORDS = st.text(ascii_lowercase + digits, min_size=1, max_size=8)
TAILS = st.builds(str.__add__, st.sampled_from([".", "_", "__", "-", "--", "---"]), WORDS)
COMPONENTS = st.builds(lambda word, tails: word + "".join(tails), WORDS, st.lists(TAILS, max_size=2))
PATHS = st.lists(COMPONENTS, min_size=1, max_size=4).map("/".join)
REGISTRIES = st.sampled_from(
    ["docker.io", "localhost", "localhost:5000", "ghcr.io", "Upper", "[fe80::1]:80", "1.2.3.4"]
)
WORD_CHARACTERS = ascii_letters + digits + "_"
TAGS = st.none() | st.builds(
    str.__add__, st.sampled_from(WORD_CHARACTERS), st.text(WORD_CHARACTERS + ".-", max_size=20)
)
DIGESTS = st.none() | st.binary(min_size=32, max_size=32).map(lambda value: f"sha256:{value.hex()}")


@st.composite
def references(draw: st.DrawFn) -> ImageReference:
    text = f"{draw(REGISTRIES)}/{draw(PATHS)}"
    return replace(ImageReference.parse(text), tag=draw(TAGS), digest=draw(DIGESTS))


@given(references())
def test_the_canonical_form_is_read_as_the_same(reference: ImageReference) -> None:
    assert ImageReference.parse(str(reference)) == reference


@given(references())
def test_the_familiar_form_is_read_as_the_same(reference: ImageReference) -> None:
    assert ImageReference.parse(reference.familiar) == reference


@given(st.text(alphabet="aA0/:@._-[]\n é", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        reference = ImageReference.parse(text)
    except InvalidArgument:
        return
    assert ImageReference.parse(str(reference)) == reference


@pytest.mark.parametrize(
    ("text", "tagged"),
    [("a", "a:latest"), ("a:1", "a:1"), (f"a@{DIGEST}", f"a@{DIGEST}"), (f"a:1@{DIGEST}", f"a:1@{DIGEST}")],
)
def test_latest_is_the_tag_of_what_has_none(text: str, tagged: str) -> None:
    assert ImageReference.parse(text).tagged() == ImageReference.parse(tagged)


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("a1", True),
        ("sha256:a1a", True),
        (DIGEST, True),
        ("", False),
        ("sha256:", False),
        ("1a", False),
        (f"{DIGEST}0", False),
    ],
)
def test_an_image_is_found_by_the_start_of_its_id(text: str, matches: bool) -> None:
    image = Image(DIGEST, DIGEST, (), datetime.now(UTC), 0, ImageConfig(), "linux/amd64")
    assert image.matches_id(text) is matches


def test_credentials_do_not_show_their_secret() -> None:
    assert "hidden" not in repr(Credentials("me", "hidden"))
