"""k3c's verbs against peers' on this machine, in one alternating run: medians and their ratios.

python -m bench.verbs [ROUNDS]

crictl, which the tests' runtime brings along, looks at the same containers; docker is measured if its daemon
answers and has the image k3c-bench (`docker import` of busybox, say).
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.integration.conftest import build_busybox
from tests.integration.daemon import Daemon, K3c, until

LIBEXEC = Path(sys.prefix) / "libexec" / "k3c"
LINES = 7_000_000
BYTES = 256 << 20
DOCKER_IMAGE = "k3c-bench"


def main() -> None:
    """Measure all and print a table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    folder = Path(tempfile.mkdtemp(prefix="k3c-bench-"))
    daemon = Daemon.make(folder / "d")
    daemon.config.write_text(daemon.config_text.replace("[logs]\n", "[logs]\nmax_size = 4294967296\n"))
    daemon.start()
    try:
        _measure(K3c(daemon), folder, rounds)
    finally:
        daemon.stop()
        daemon.purge()
        shutil.rmtree(folder)


def _measure(k3c: K3c, folder: Path, rounds: int) -> None:
    build_busybox(k3c, folder / "context")
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "100000")
    runtime_id = k3c.ok("inspect", "-f", "{{.K3c.RuntimeId}}", "there")
    crictl = (str(LIBEXEC / "crictl"), "--runtime-endpoint", f"unix://{k3c.daemon.state}/containerd.sock")
    _table(
        "exec true",
        {"k3c": _k3c(k3c, "exec", "there", "true"), "crictl": _plain(*crictl, "exec", runtime_id, "true")},
        rounds,
    )
    data = folder / "data"
    data.write_bytes(b"x" * BYTES)
    _table(
        f"exec -i cat of {BYTES >> 20} MiB",
        {
            "k3c": _k3c(k3c, "exec", "-i", "there", "cat", stdin=data),
            "crictl": _plain(*crictl, "exec", "-i", runtime_id, "cat", stdin=data),
        },
        rounds,
    )
    runs = {"k3c": _k3c(k3c, "run", "--rm", "busybox", "true")}
    if _docker_answers():
        runs["docker"] = _plain("docker", "run", "--rm", DOCKER_IMAGE, "true")
    _table("run --rm true", runs, rounds)
    script = f"yes {'x' * 100} | head -n {LINES}"
    k3c.ok("run", "-d", "--name", "talks", "busybox", "sh", "-c", script)
    until(lambda: "Exited" in k3c.ok("ps", "-a", "-f", "name=talks"), seconds=600)
    log = k3c.ok("inspect", "-f", "{{.K3c.RuntimeId}}", "talks")
    _table(
        f"logs of {LINES} lines",
        {"k3c": _k3c(k3c, "logs", "talks"), "crictl": _plain(*crictl, "logs", log)},
        max(3, rounds // 3),
    )


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return (
        subprocess.run(
            ("docker", "image", "inspect", DOCKER_IMAGE), capture_output=True, check=False
        ).returncode
        == 0
    )


def _k3c(k3c: K3c, *arguments: str, stdin: Path | None = None) -> Callable[[], None]:
    return _plain(k3c.program, *arguments, stdin=stdin, env=k3c.env)


def _plain(*command: str, stdin: Path | None = None, env: dict[str, str] | None = None) -> Callable[[], None]:
    def run() -> None:
        with Path(stdin or "/dev/null").open("rb") as source:
            subprocess.run(
                command,
                stdin=source,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=env,
                check=True,
            )

    return run


def _table(what: str, runs: dict[str, Callable[[], None]], rounds: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - began)
    own = statistics.median(times["k3c"])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{what:32} {name:8} {median * 1000:10.1f} ms   {median / own:5.2f} x k3c")


if __name__ == "__main__":
    main()
