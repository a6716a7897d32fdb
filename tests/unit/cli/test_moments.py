"""Times as people write them: after `--since` and `--until`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import InvalidArgument
from entrypoints.cli.options.moments import moment

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Five and a half hours before UTC."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-31T12:00:00Z", NOW),
        ("2026-01-31T14:00:00+02:00", NOW),
        ("2026-01-31T07:00:00-05:00", NOW),
        ("2026-01-31T17:30:00", NOW),
        ("2026-01-31T17:30", NOW),
        ("2026-01-31T14:00:00.5+02:00", NOW + timedelta(seconds=0.5)),
        ("2026-01-31", datetime(2026, 1, 30, 18, 30, tzinfo=UTC)),
        ("2026-01-31Z", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31-12:00", NOW),
        ("1769860800", NOW),
        ("1769860800.5", NOW + timedelta(seconds=0.5)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1m30s", NOW - timedelta(seconds=90)),
        ("1h1.5s", NOW - timedelta(seconds=3601.5)),
        ("250ms", NOW - timedelta(milliseconds=250)),
        ("40us2\N{MICRO SIGN}s", NOW - timedelta(microseconds=42)),
        ("3000ns", NOW - timedelta(microseconds=3)),
    ],
)
def test_what_is_meant(text: str, at: datetime) -> None:
    found = moment("--since", text, NOW)
    assert found is not None
    assert found.ToDatetime(UTC) == at
    assert found.nanos % 1000 == 0


@pytest.mark.parametrize(
    ("fraction", "nanos"),
    [
        ("123456789", 123_456_789),
        ("1234567", 123_456_700),
        ("12345678", 123_456_780),
        ("999999999", 999_999_999),
        ("000000001", 1),
        ("1234567899", 123_456_789),
        ("5", 500_000_000),
    ],
)
def test_nanoseconds(fraction: str, nanos: int) -> None:
    for text in (
        f"1769860800.{fraction}",
        f"2026-01-31T12:00:00.{fraction}Z",
        f"2026-01-31T17:30:00.{fraction}",
        f"2026-01-31T14:00:00.{fraction}+02:00",
    ):
        found = moment("--since", text, NOW)
        assert found is not None
        assert (found.seconds, found.nanos) == (1_769_860_800, nanos)


def test_nothing_is_no_time() -> None:
    assert moment("--since", "") is None


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "1x",
        "s",
        "-5m",
        "2026-13-01",
        "2026-01-31T25:00:00Z",
        "1.2.3",
        "9" * 30,
        "9" * 5000,
        "1m 30s",
    ],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        moment("--until", text, NOW)
    assert (caught.value.what, caught.value.value, caught.value.problem) == ("--until", text, "time-form")
