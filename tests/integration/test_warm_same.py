"""A command that the warm process runs is the command that Python runs: the same stdout, stderr and exit code."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pytest

from entrypoints.cli.verbs import verbs
from tests.integration.daemon import PROGRAM, UNPRIVILEGED, K3c
from tests.integration.installation import Installation, installed

Result = tuple[int, bytes, bytes]
PATHS = sorted(path for path, _ in verbs() if path != ("daemon",))
_ENDLESS = {"events", "stats"}
_TIMEOUT = 120
_CHANGING = re.compile(
    rb"\b[0-9a-f]{12,64}\b|(Up )?(Less than a|\d+(\.\d+)?) ?(seconds?|ms|s|kB|B|%)( ago)?"
    rb"|\d\d:\d\d:\d\d[^ ]*|\d{4}-\d\d-\d\d"
)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("same") / "k3c") as made:
        made.warm_up()
        yield made


class Both:
    """Runs a command line warm, then cold."""

    def __init__(self, installation: Installation, environment: dict[str, str]) -> None:
        self.installation = installation
        self.environment = environment

    def __call__(
        self,
        *arguments: str,
        before: Sequence[str] = (),
        stdin: bytes = b"",
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[Result, Result]:
        command = [*before, self.installation.program, *arguments]
        started = self.installation.cold()
        results = []
        for more in ({}, {"K3C_NO_WARM": "1"}):
            done = subprocess.run(
                command,
                capture_output=True,
                input=stdin,
                env={**self.environment, **environment, **more},
                timeout=_TIMEOUT,
                check=False,
            )
            results.append((done.returncode, done.stdout, done.stderr))
        assert self.installation.cold() == started + 1, "the first was not run warm, or the second not cold"
        return results[0], results[1]


@pytest.fixture
def both(installation: Installation, k3c: K3c) -> Both:
    return Both(installation, k3c.env)


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_verb(both: Both, path: tuple[str, ...]) -> None:
    for arguments in (["--no-such-option"], ["no-such-thing", "xx", "yy", "zz"]):
        if path[0] in _ENDLESS and arguments[0].startswith("no"):
            continue
        warm, cold = both(*path, *arguments)
        assert _steady(warm) == _steady(cold), arguments


def _steady(result: Result) -> Result:
    """A result without ids, times and sizes."""
    code, out, err = result
    return code, re.sub(rb" +", b" ", _CHANGING.sub(b"#", out)), _CHANGING.sub(b"#", err)


def test_a_days_work(both: Both, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("copied")
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY file /file\n")
    for arguments in (
        ("build", "-q", "-t", "mine", str(tmp_path)),
        ("run", "-d", "--name", "there", "--label", "a=b", "mine", "sleep", "1000"),
        ("ps", "--no-trunc"),
        ("ps", "--format", "{{json .Names}}"),
        ("images", "mine"),
        ("inspect", "-f", "{{.Name}} {{.Config.Labels}}", "there"),
        ("exec", "there", "cat", "/file"),
        ("exec", "there", "sh", "-c", "echo out; echo err >&2; exit 7"),
        ("exec", "-i", "there", "wc", "-c"),
        ("cp", str(tmp_path / "file"), "there:/tmp/copy"),
        ("cp", "there:/tmp/copy", "-"),
        ("diff", "there"),
        ("top", "there"),
        ("port", "there"),
        ("logs", "there"),
        ("stats", "--no-stream", "--format", "{{.Name}}", "there"),
        ("run", "--rm", "mine", "sh", "-c", "echo out; echo err >&2; kill -9 $$"),
        ("volume", "create", "kept"),
        ("volume", "ls", "-q"),
        ("tag", "mine", "yours"),
        ("rmi", "yours"),
        ("version",),
        ("info",),
    ):
        warm, cold = both(*arguments, stdin=b"some input\n")
        if arguments[0] == "run" and "-d" in arguments:
            assert (warm[0], cold[0]) == (0, 125)  # the name is taken by then
            assert b"there" in cold[2]
        elif arguments[0] == "rmi":
            assert (warm[0], cold[0]) == (0, 1)
        else:
            assert _steady(warm) == _steady(cold), arguments


@pytest.mark.parametrize(
    "environment",
    [
        {"COLUMNS": "40"},
        {"COLUMNS": "200", "NO_COLOR": "1"},
        {"TZ": "Pacific/Auckland"},
        {"K3C_ADDRESS": "unix:///nowhere/k3c.sock"},
        {"K3C_ADDRESS": "tcp://1.2.3.4"},
        {"DOCKER_CONFIG": "/nowhere", "HOME": "/nowhere"},
        {"LANG": "C", "LC_ALL": "C"},
        {"LANG": "en_US.UTF-8"},
        {"BIG": "x" * 100_000},
        {"PYTHONPATH": "/nowhere", "PYTHONHOME": "/nowhere", "PYTHONSTARTUP": "/nowhere"},
    ],
    ids=",".join,
)
def test_odd_environments(both: Both, installation: Installation, environment: dict[str, str]) -> None:
    if any(name.startswith(("LANG", "LC_")) for name in environment):
        installation.warm_up(env={**both.environment, **environment})  # another locale, another process
    for arguments in (("ps",), ("help", "run"), ("run", "no/such:image"), ("inspect", "ÿ\udcff")):
        warm, cold = both(*arguments, environment=environment)
        assert _steady(warm) == _steady(cold), arguments


def test_variables_that_are_none(installation: Installation) -> None:
    """Without a name, without a value, twice, and not in UTF-8: Python takes some and leaves others."""
    locale = [
        f"{name}={value}".encode()
        for name, value in os.environ.items()
        if name.startswith(("LANG", "LC_", "GRPC_"))
    ]
    odd = [
        *locale,
        b"nothing",
        b"=hidden",
        b"K3C_ADDRESS=unix:///first",
        b"K3C_ADDRESS=unix:///second",
        b"X=\xff\xfe",
    ]
    started = installation.cold()
    warm = _executed([installation.program, "ps"], odd)
    assert installation.cold() == started
    assert warm == _executed([PROGRAM, "ps"], [*odd, b"K3C_NO_WARM=1"])
    assert b"unix:///first" in warm[1]


def _executed(command: list[str], environment: list[bytes]) -> tuple[int, bytes]:
    """Run a command with this very environment, which may be none that Python can give."""
    libc = ctypes.CDLL(None)
    arguments = (ctypes.c_char_p * (len(command) + 1))(*map(os.fsencode, command), None)
    variables = (ctypes.c_char_p * (len(environment) + 1))(*environment, None)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        libc.execve(os.fsencode(command[0]), arguments, variables)
        os._exit(99)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        said = file.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said


def _in_shell(both: Both, script: str) -> tuple[Result, Result]:
    return both(before=("bash", "-c", script, "bash"))


@pytest.mark.parametrize(
    "script",
    [
        'd=$(mktemp -d) && cd "$d" && rmdir "$d" && "$@" cp nothing there:/',
        'mkdir -p /tmp/k3c-odd && cd /tmp/k3c-odd && "$@" build .; rmdir /tmp/k3c-odd',
        'umask 027; "$@" help',
        '"$@" help | head -n 1; echo ${PIPESTATUS[0]}',
        '"$@" help run | true; echo ${PIPESTATUS[0]}',
        '"$@" help > /dev/full; echo $?',
        '"$@" inspect nothing 2> /dev/full; echo $?',
        '"$@" ps < /dev/zero',
        'ulimit -n 200; "$@" images -q; "$@" images -q',
    ],
)
def test_odd_places(both: Both, installation: Installation, script: str) -> None:
    if "ulimit" in script:  # other limits, another process
        installation.warm_up("bash", "-c", 'ulimit -n 200; "$@"', "bash")
        script = script.replace('"$@" images -q; "$@" images -q', '"$@" images -q')
    warm, cold = _in_shell(both, script)
    assert _steady(warm) == _steady(cold)


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_a_closed_descriptor_is_for_a_python_of_its_own(
    installation: Installation, k3c: K3c, closed: str
) -> None:
    started = installation.cold()
    results = [
        subprocess.run(
            ["bash", "-c", f'"$@" {closed}', "bash", installation.program, "ps"],
            capture_output=True,
            env={**k3c.env, **more},
            check=False,
        )
        for more in ({}, {"K3C_NO_WARM": "1"})
    ]
    assert installation.cold() == started + 2
    assert results[0].stdout == results[1].stdout
    assert [(one.returncode, one.stderr) for one in results] == [(0, b"")] * 2


def test_a_folder_that_may_not_be_entered_is_for_a_python_of_its_own(
    installation: Installation, tmp_path: Path
) -> None:
    installation.warm_up(*UNPRIVILEGED)
    started = installation.cold()
    tmp_path.chmod(0o700)
    for folder, cold in (("/", 0), (tmp_path, 1)):
        command = [*UNPRIVILEGED, installation.program, "-v"]
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
        assert installation.cold() == started + cold


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1]
)
@pytest.mark.parametrize("ignored", [False, True])
def test_signals(installation: Installation, k3c: K3c, number: signal.Signals, ignored: bool) -> None:
    """Of a command that goes on until a signal comes; one that was ignored when it began stays so."""
    k3c.ok("run", "-d", "--name", "talks", "busybox", "sh", "-c", "echo here; sleep 1000")
    how = "ignore" if ignored else "default"  # whatever these tests were started with
    before = ["env", f"--{how}-signal={number.value}"]
    command = [*before, installation.program, "logs", "-f", "talks"]
    ends = []
    for more in ({}, {"K3C_NO_WARM": "1"}):
        following = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**k3c.env, **more}
        )
        assert following.stdout is not None
        assert following.stdout.readline() == b"here\n"
        following.send_signal(number)
        if ignored:
            with pytest.raises(subprocess.TimeoutExpired):
                following.wait(0.3)
            following.kill()
        ends.append((following.wait(10), *following.communicate()))
    assert ends[0] == ends[1]
