"""Files of this machine beside a build: what `--iidfile` holds, whatever becomes of the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.daemon import K3c


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A folder with a Dockerfile that builds if `right` is in it."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM busybox\nCOPY right /\n")
    return context


def test_the_id_file_is_of_this_build_or_empty(k3c: K3c, context: Path, tmp_path: Path) -> None:
    written = tmp_path / "id"
    (context / "right").touch()
    k3c.ok("build", "-q", "--iidfile", str(written), str(context))
    image = written.read_text()
    assert k3c.ok("inspect", "-f", "{{.Id}}", image) == image
    (context / "right").unlink()
    assert k3c("build", "--iidfile", str(written), str(context)).returncode == 1
    assert written.read_text() == ""


def test_an_id_file_that_cannot_be_written_is_told_before_the_build(k3c: K3c, context: Path) -> None:
    (context / "right").touch()
    images = k3c.images()
    line = k3c.fails("build", "--iidfile", str(context / "none" / "id"), str(context))
    assert f"{context}/none/id: No such file or directory" in line
    assert k3c.images() == images
