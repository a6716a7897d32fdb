"""Run tests many times in random orders, and tell which failed how often.

    flakes.py --runs 10 [--load 2] [--seed N] -- <pytest's arguments>

Each run is ordered by a seed of its own (pytest-randomly), which is printed; `pytest -p randomly
--randomly-seed=N` orders them like that again. What a run printed is kept in a folder named at the end,
beside its JUnit report. Exits with 1 when any test failed in any run, or a run did not come to its end.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep so many cores busy with something else."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def run(arguments: list[str], seed: int, folder: Path) -> tuple[int, int, list[str]]:
    """Run pytest once; returns its exit code, how many tests ran, and the names of those that failed."""
    report, output = folder / "junit.xml", folder / "output"
    folder.mkdir()
    command = [sys.executable, "-m", "pytest", "-p", "randomly", f"--randomly-seed={seed}"]
    command += ["--no-loadscope-reorder", f"--junitxml={report}"]
    with output.open("wb") as out:
        done = subprocess.run(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    tree = ElementTree.parse(report) if report.exists() else None  # noqa: S314 - pytest wrote it just now
    cases = tree.findall(".//testcase") if tree is not None else []
    failed = [
        name(case) for case in cases if case.find("failure") is not None or case.find("error") is not None
    ]
    return done.returncode, len(cases), failed


def name(case: ElementTree.Element) -> str:
    return f"{case.get('classname')}::{case.get('name')}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10, help="how many times")
    parser.add_argument("--load", type=int, default=0, help="cores to keep busy with something else")
    parser.add_argument(
        "--seed", type=int, help="the seed of the first run; those of the others follow from it"
    )
    parser.add_argument("pytest", nargs="+", help="arguments of pytest, after --")
    chosen = parser.parse_args()
    seeds = random.Random(chosen.seed)  # noqa: S311 - an order, no secret
    kept = Path(tempfile.mkdtemp(prefix="k3c-flakes-"))
    failures: dict[str, list[int]] = defaultdict(list)
    green = 0
    for number in range(1, chosen.runs + 1):
        seed = chosen.seed if chosen.seed is not None and number == 1 else seeds.randrange(1 << 32)
        print(f"run {number} of {chosen.runs}, seed {seed}: ", end="", flush=True)
        began = time.monotonic()
        with busy(chosen.load):
            code, total, failed = run(chosen.pytest, seed, kept / str(number))
        green += code == 0
        state = "green" if code == 0 else f"{len(failed)} failed" if failed else f"pytest ended with {code}"
        print(f"{state}, {total} tests in {time.monotonic() - began:.0f} s", flush=True)
        for test in failed:
            failures[test].append(seed)
            print(f"  {test}", flush=True)
    print(f"{green} of {chosen.runs} runs were green; their output is in {kept}")
    for test, at in sorted(failures.items(), key=lambda item: -len(item[1])):
        print(f"failed {len(at)} of {chosen.runs}: {test} (seeds {', '.join(map(str, at))})")
    return 0 if green == chosen.runs else 1


if __name__ == "__main__":
    sys.exit(main())
