"""The pages of `k3c help` and `--help`: their words, their layout, and that all ways to one are the same."""

from __future__ import annotations

from functools import cache

import pytest

from domain.spec import DEFAULT_STOP_TIMEOUT
from domain.streams import DEFAULT_DETACH_KEYS
from entrypoints.cli.app import dispatch
from entrypoints.cli.help import OPTIONS, help_text
from entrypoints.cli.options.before import read_globals
from entrypoints.cli.verb_page import sections
from entrypoints.cli.verbs import GROUPS, VOLUME_VERBS, verbs
from entrypoints.daemon.settings import DEFAULT_CONFIG, Settings

PAGES = [(), ("volume",), *(path for path, _ in verbs())]
GROUPS_OF_RUN = [
    "Common options",
    "Process",
    "Image",
    "Network",
    "Storage",
    "Resources",
    "Security",
    "Namespaces and runtime",
    "Lifecycle",
    "Health",
    "Metadata",
]


@cache
def page(*path: str, width: int = 80) -> str:
    return help_text(list(path), width)


def words(text: str) -> str:
    return " ".join(text.split())


def shown(capsys: pytest.CaptureFixture[str], *tokens: str, code: int = 0) -> str:
    assert dispatch(list(tokens)) == code
    return capsys.readouterr().out


@pytest.mark.parametrize("path", PAGES, ids=" ".join)
def test_no_line_is_wider_than_the_terminal(path: tuple[str, ...]) -> None:
    for width in (60, 80, 200):
        for line in page(*path, width=width).splitlines():
            assert len(line) <= width
            assert line == line.rstrip()


@pytest.mark.parametrize("path", PAGES, ids=" ".join)
def test_no_word_is_cut(path: tuple[str, ...]) -> None:
    for width in (40, 60, 80):
        assert words(page(*path, width=width)) == words(page(*path, width=200))


def test_every_verb_stands_in_its_group() -> None:
    sections = {title: rows for title, _, rows in (block.partition(":\n") for block in page().split("\n\n"))}
    for group, its in GROUPS.items():
        assert [line.split()[0] for line in sections[group].splitlines()] == [verb.name for verb in its]
        for verb in its:
            assert verb.summary in sections[group]


def test_the_options_before_the_verb_are_those_that_are_read() -> None:
    (section,) = [section for section in sections(read_globals) if section.rows]
    assert tuple(section.rows) == OPTIONS[:2]


def test_every_volume_verb_is_listed() -> None:
    for verb in VOLUME_VERBS:
        assert f"  {verb.name.ljust(7)}   {verb.summary}\n" in page("volume")


@pytest.mark.parametrize("verb", ["run", "create"])
def test_the_options_of_run_stand_in_groups(verb: str) -> None:
    titles = [line[:-1] for line in page(verb).splitlines() if line.endswith(":") and line[0] != " "]
    assert titles == ["Arguments", *GROUPS_OF_RUN]


@pytest.mark.parametrize(
    ("path", "usage"),
    [
        ((), "k3c [OPTIONS] COMMAND"),
        (("run",), "k3c run [OPTIONS] IMAGE [COMMAND] [ARG...]"),
        (("exec",), "k3c exec [OPTIONS] CONTAINER COMMAND [ARG...]"),
        (("stop",), "k3c stop [OPTIONS] CONTAINER [CONTAINER...]"),
        (("info",), "k3c info [OPTIONS]"),
        (("volume",), "k3c volume COMMAND"),
        (("volume", "rm"), "k3c volume rm [OPTIONS] VOLUME [VOLUME...]"),
    ],
)
def test_a_page_begins_with_the_usage(path: tuple[str, ...], usage: str) -> None:
    assert page(*path).splitlines()[0] == f"Usage:  {usage}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("logs", "Fetch the logs of one or more containers"),
        ("logs", "-f, --follow Follow log output, across restarts"),
        ("attach", "Attach to a running container"),
        ("start", "Start stopped containers The root filesystem is recreated; volumes are kept"),
        ("unpause", "Unpause all processes in containers"),
        ("push", "Upload an image to a registry"),
        ("tag", "Create tags that refer to an image"),
        ("cp", "An existing directory receives SOURCE; otherwise TARGET is created"),
        ("run", "--wait With -d, wait until healthy; fail if unhealthy or exited"),
        ("run", "-i, --interactive Keep STDIN open"),
        ("exec", "-i, --interactive Keep STDIN open"),
        ("run", "-t, --tty Allocate a pseudo-TTY"),
        ("run", "--stop-timeout int Seconds to wait before killing the container (default 10)"),
        ("run", "--health-cmd string Command to run to check health"),
        ("update", "--cpu-period int CPU CFS period, in microseconds"),
        ("run", "--cgroup-parent string Parent cgroup for the container"),
        ("volume rm", "-f, --force Ignore volumes that do not exist"),
        ("attach", "--detach-keys string Key sequence for detaching (default ctrl-p,ctrl-q)"),
        ("run", "-e, --env list Environment variable"),
        ("run", "--health-interval duration Time between checks"),
        ("run", "--pull string When to pull the image (missing|always|never) (default missing)"),
        ("run", "--sig-proxy Forward signals to the process, unless it has a TTY (default true)"),
        ("build", "--progress string Progress output (auto|plain|quiet) (default auto) [$BUILDKIT_PROGRESS]"),
        ("kill", "-s, --signal string Signal to send, by name or number (default KILL)"),
    ],
)
def test_the_words_are_the_fields(path: str, text: str) -> None:
    assert text in words(page(*path.split()))


def test_the_defaults_are_the_programs() -> None:
    assert f"(default {DEFAULT_STOP_TIMEOUT})" in words(page("create"))
    assert f"(default {DEFAULT_DETACH_KEYS})" in words(page("exec"))


@pytest.mark.parametrize(
    ("option", "default"),
    [
        ("--address string", Settings().address),
        ("--config file", DEFAULT_CONFIG),
        ("--root string", Settings().root),
        ("--state string", Settings().state),
        ("--log-level string", Settings().log_level),
        ("--log-format string", Settings().log_format),
        ("--bridge-name string", Settings().network.bridge_name),
        ("--group, --socket-gid string", Settings().group),
        ("--socket-uid int", Settings().socket_uid),
    ],
)
def test_the_daemons_defaults_are_its_settings(option: str, default: object) -> None:
    _, found, rest = words(page("daemon")).partition(f"{option} ")
    assert found
    assert rest.partition(" --")[0].partition(" -")[0].find(f"(default {default})") > 0


def test_a_label_too_long_for_its_column_has_its_text_below() -> None:
    lines = page("run").splitlines()
    place = lines.index("      --health-start-period duration")
    assert lines[place + 1].lstrip().startswith("Time to start up")


def test_examples_keep_their_lines() -> None:
    assert "\n    k3c run --rm -it alpine sh\n    k3c run -d" in page("run", width=60)


@pytest.mark.parametrize("tokens", [["help"], ["--help"], ["-h"], ["--debug", "--help"]])
def test_all_ways_to_the_help_of_k3c_show_the_same(
    capsys: pytest.CaptureFixture[str], tokens: list[str]
) -> None:
    assert shown(capsys, *tokens) == shown(capsys)


@pytest.mark.parametrize(
    "tokens", [["volume", "-h"], ["help", "volume"], ["v", "--help"], ["help", "volumes"]]
)
def test_all_ways_to_the_help_of_volume_show_the_same(
    capsys: pytest.CaptureFixture[str], tokens: list[str]
) -> None:
    assert shown(capsys, *tokens) == shown(capsys, "volume")


@pytest.mark.parametrize("path", PAGES[1:], ids=" ".join)
def test_help_of_a_verb_and_the_verb_with_help_show_the_same(
    capsys: pytest.CaptureFixture[str], path: tuple[str, ...]
) -> None:
    assert shown(capsys, "help", *path) == shown(capsys, *path, "--help")


@pytest.mark.parametrize("tokens", [["ps", "-a", "-h"], ["rm", "web", "--help"], ["run", "--rm", "--help"]])
def test_help_may_stand_among_the_options(capsys: pytest.CaptureFixture[str], tokens: list[str]) -> None:
    assert shown(capsys, *tokens).startswith(f"Usage:  k3c {tokens[0]} ")


def test_h_is_the_hostname_of_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["run", "-h"]) == 125
    output = capsys.readouterr()
    assert output.out == ""
    assert "-h requires a" in output.err


@pytest.mark.parametrize(
    ("tokens", "error"),
    [
        ("help rnu", "unknown command 'rnu'. Did you mean \"run\"? (see `k3c help`)"),
        ("nonsense", "unknown command 'nonsense' (see `k3c help`)"),
        ("volume prnue", "unknown command 'prnue'. Did you mean \"prune\"? (see `k3c help`)"),
    ],
)
def test_an_unknown_command_is_one_line(capsys: pytest.CaptureFixture[str], tokens: str, error: str) -> None:
    assert dispatch(tokens.split()) == 2
    assert capsys.readouterr() == ("", f"k3c: {error}\n")


@pytest.mark.parametrize(
    ("tokens", "code", "help_command"),
    [
        ("ps --bogus", 2, "k3c help ps"),
        ("volume clone one", 2, "k3c help volume clone"),
        ("volume --bogus", 2, "k3c help volume"),
        ("--bogus ps", 2, "k3c help"),
        ("run --name", 125, "k3c help run"),
        ("exec", 2, "k3c help exec"),
    ],
)
def test_wrong_usage_names_the_help_of_the_verb(
    capsys: pytest.CaptureFixture[str], tokens: str, code: int, help_command: str
) -> None:
    assert dispatch(tokens.split()) == code
    error = capsys.readouterr().err
    assert error.endswith(f" (see `{help_command}`)\n")
    assert len(error.splitlines()) == 1


def test_the_width_is_that_of_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for width in (60, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        assert shown(capsys, "run", "--help") == page("run", width=width)
