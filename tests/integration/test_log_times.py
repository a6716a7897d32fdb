"""`logs --since` and `--until`: borders, in every form that people write times in."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.integration.daemon import K3c

LINES = tuple(f"line {number}" for number in range(1, 6))
_SCRIPT = "for i in 1 2 3 4 5; do echo line $i; sleep 0.05; done"
_EPOCH = datetime.fromtimestamp(0, UTC)


@pytest.fixture
def times(k3c: K3c) -> tuple[str, ...]:
    """The times of the lines of a container `five`, to the nanosecond, as the runtime wrote them."""
    k3c.ok("run", "--name", "five", "busybox", "sh", "-c", _SCRIPT)
    log = Path(k3c.ok("inspect", "-f", "{{.LogPath}}", "five")).read_text()
    return tuple(record.split()[0] for record in log.splitlines() if record.split(" ", 3)[3] in LINES)


def shown(k3c: K3c, *flags: str, zone: str = "UTC") -> tuple[str, ...]:
    """The lines that are shown to a user in a time zone."""
    return tuple(K3c(k3c.daemon, {"TZ": zone}).ok("logs", *flags, "five").splitlines())


def written(time: str, zone: timezone, form: str) -> str:
    """A time of the log as people write it elsewhere, with all of its digits."""
    whole, _, part = time.removesuffix("Z").partition(".")
    at = datetime.fromisoformat(f"{whole}+00:00").astimezone(zone)
    return at.strftime(form).replace("FRACTION", part)


def test_both_borders_include_a_line_of_that_very_time(k3c: K3c, times: tuple[str, ...]) -> None:
    assert len(times) == len(LINES)
    for place, time in enumerate(times):
        assert shown(k3c, "--since", time) == LINES[place:]
        assert shown(k3c, "--until", time) == LINES[: place + 1]
        assert shown(k3c, "--since", time, "--until", time) == (LINES[place],)
    assert shown(k3c, "--since", times[3], "--until", times[1]) == ()


def test_the_times_that_are_shown_are_borders_too(k3c: K3c, times: tuple[str, ...]) -> None:
    stamped = [line.split(" ", 1) for line in shown(k3c, "-t")]
    assert [line for _, line in stamped] == list(LINES)
    for (stamp, line), time in zip(stamped, times, strict=True):
        # As docker shows them: all nine digits, and the runtime leaves zeros at the end out.
        assert (stamp.rstrip("0Z"), len(stamp)) == (time.rstrip("0Z"), len("2026-01-31T12:00:00.123456789Z"))
        assert shown(k3c, "--since", stamp, "--until", stamp) == (line,)


def test_a_nanosecond_beside_the_border(k3c: K3c, times: tuple[str, ...]) -> None:
    whole, _, part = times[2].removesuffix("Z").partition(".")
    at = int(datetime.fromisoformat(f"{whole}+00:00").timestamp()) * 10**9 + int(part.ljust(9, "0"))
    before, after = (f"{(at + off) // 10**9}.{(at + off) % 10**9:09d}" for off in (-1, 1))
    assert shown(k3c, "--since", before) == LINES[2:]
    assert shown(k3c, "--since", after) == LINES[3:]
    assert shown(k3c, "--until", before) == LINES[:2]
    assert shown(k3c, "--until", after) == LINES[:3]


@pytest.mark.parametrize(
    ("hours", "form", "zone"),
    [
        (0, "%Y-%m-%dT%H:%M:%S.FRACTIONZ", "America/New_York"),
        (2, "%Y-%m-%dT%H:%M:%S.FRACTION+02:00", "UTC"),
        (-7, "%Y-%m-%dT%H:%M:%S.FRACTION-07:00", "UTC"),
        (5.5, "%Y-%m-%dT%H:%M:%S.FRACTION+05:30", "UTC"),
        (5.5, "%Y-%m-%dT%H:%M:%S.FRACTION", "Asia/Kolkata"),
        (-3, "%Y-%m-%dT%H:%M:%S.FRACTION", "Etc/GMT+3"),
    ],
)
def test_zones(k3c: K3c, times: tuple[str, ...], hours: float, form: str, zone: str) -> None:
    """Of the text where it has one, else of whoever asks."""
    border = written(times[2], timezone(timedelta(hours=hours)), form)
    assert shown(k3c, "--since", border, zone=zone) == LINES[2:]
    assert shown(k3c, "--until", border, zone=zone) == LINES[:3]


def test_seconds_since_the_epoch(k3c: K3c, times: tuple[str, ...]) -> None:
    for time, line in zip(times, LINES, strict=True):
        whole = (datetime.fromisoformat(time.partition(".")[0] + "+00:00") - _EPOCH) // timedelta(seconds=1)
        part = time.removesuffix("Z").partition(".")[2]
        border = f"{whole}.{part}"
        assert shown(k3c, "--since", border, "--until", border) == (line,)
        assert shown(k3c, "--since", f"{whole}.{part.ljust(9, '0')}9")[:1] == (line,)  # what is beyond is cut
    first = int(datetime.fromisoformat(times[0]).timestamp())
    assert shown(k3c, "--since", str(first)) == LINES
    assert shown(k3c, "--until", str(first - 1)) == ()
    assert shown(k3c, "--since", str(first + 3600)) == ()


def test_dates_are_midnights_of_whoever_asks(k3c: K3c, times: tuple[str, ...]) -> None:
    at = datetime.fromisoformat(times[0])
    for hours, zone in ((0, "UTC"), (14, "Etc/GMT-14"), (-12, "Etc/GMT+12")):
        there = at.astimezone(timezone(timedelta(hours=hours)))
        today, tomorrow = there.date(), there.date() + timedelta(days=1)
        assert shown(k3c, "--since", f"{today}", zone=zone) == LINES
        assert shown(k3c, "--until", f"{today}", zone=zone) == ()
        assert shown(k3c, "--since", f"{tomorrow}", zone=zone) == ()
        assert shown(k3c, "--until", f"{tomorrow}", zone=zone) == LINES
    assert shown(k3c, "--since", f"{at.date()}Z", zone="Etc/GMT+12") == LINES
    assert shown(k3c, "--until", f"{at.date()}Z", zone="Etc/GMT-14") == ()
    minute = at.strftime("%Y-%m-%dT%H:%M")
    assert shown(k3c, "--since", minute) == LINES
    assert shown(k3c, "--until", minute) == ()


def test_durations_are_back_from_now(k3c: K3c, times: tuple[str, ...]) -> None:
    for ago in ("1h1m30s", "10m0.5s", "600000ms", "600000000us"):
        assert shown(k3c, "--since", ago) == LINES, ago
        assert shown(k3c, "--until", ago) == (), ago
    for ago in ("0s", "1ns", "2us"):
        assert shown(k3c, "--until", ago) == LINES, ago
        assert shown(k3c, "--since", ago) == (), ago


def test_the_end_of_the_log_is_counted_before_the_times(k3c: K3c, times: tuple[str, ...]) -> None:
    """As with docker: of the last lines those within the times."""
    assert shown(k3c, "--tail", "2", "--since", times[1]) == LINES[3:]
    assert shown(k3c, "--tail", "2", "--until", times[3]) == LINES[3:4]
    assert shown(k3c, "--tail", "2", "--until", times[2]) == ()


def test_following_begins_and_ends_at_the_times(k3c: K3c, times: tuple[str, ...]) -> None:
    assert shown(k3c, "-f", "--since", times[3]) == LINES[3:]
    assert shown(k3c, "-f", "--until", times[1]) == LINES[:2]


def test_what_is_no_time_is_refused(k3c: K3c, times: tuple[str, ...]) -> None:
    for flag in ("--since", "--until"):
        for text in ("yesterday", "1x", "2026-02-30", "12:00", "1.2.3", f"{times[0]}+02:00"):
            said = k3c.fails("logs", flag, text, "five")
            assert said == (
                f"k3c: invalid {flag} '{text}': use a time such as 2026-01-31T12:00:00Z, or a duration such as 10m"
            )


def test_events_take_the_same_times(k3c: K3c, times: tuple[str, ...]) -> None:
    five = f"container={k3c.ok('inspect', '-f', '{{.Id}}', 'five')}"

    def told(*flags: str) -> list[str]:
        lines = k3c.ok("events", "-f", five, "--format", "json", *flags).splitlines()
        return [json.loads(line)["Action"] for line in lines]

    far = ("--since", "1h", "--until", "0s")
    assert told(*far) == ["create", "attach", "start", "die"]
    whole = k3c.ok("events", "-f", five, "-f", "event=start", "--format", "json", *far)
    nano = json.loads(whole)["timeNano"]
    border = f"{nano // 10**9}.{nano % 10**9:09d}"
    assert told("--since", border, "--until", border) == ["start"]


def test_a_long_line_has_its_time_once(k3c: K3c) -> None:
    script = "head -c 50000 /dev/zero | tr '\\0' x; echo; echo short"
    k3c.ok("run", "--name", "long", "busybox", "sh", "-c", script)
    first, second = k3c.ok("logs", "-t", "long").splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z x{50000}", first)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z short", second)
