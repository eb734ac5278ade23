"""`.ci/run` says how long each part took, ends at the first that fails, and gives the soaking tests a bounded time."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PARTS = (".venv/installed", "check", "test", "soak MINUTES=15")

# Those that are asked for, and `apt-get`, which gets what a machine lacks of the rest.
PROGRAMS = ("chromium", "redis-server", "pgbouncer", "openssl", "s3rver", "apt-get")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with `.ci/run`, and programs that only note that they were called."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(REPOSITORY / ".ci" / "run", tmp_path / ".ci" / "run")
    for program in PROGRAMS:
        write(tmp_path, program, "exit 0")
    write(tmp_path, "make", 'echo "$* CI=${CI-}" >> calls; [ "$*" != "$FAILING" ]')
    return tmp_path


def write(clone: Path, program: str, script: str) -> None:
    path = clone / "bin" / program
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(clone: Path, failing: str = "") -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": f"{clone / 'bin'}:{os.environ['PATH']}", "FAILING": failing}
    return subprocess.run([clone / ".ci" / "run"], env=environment, capture_output=True, text=True, check=False)


def calls(clone: Path) -> list[str]:
    return (clone / "calls").read_text().splitlines()


def test_every_part_is_run_as_in_ci_and_its_time_is_told(clone: Path) -> None:
    done = run(clone)
    assert done.returncode == 0, done.stderr
    assert calls(clone) == [f"{part} CI=true" for part in PARTS]
    told = done.stdout.partition("How long each part took:\n")[2].splitlines()
    parts = [re.sub(r"[ 0-9]+ min [ 0-9]+ s", "", line.strip()) for line in told]
    assert [part for part in parts if part != "programs"] == ["install", "check", "test", "soak", "all"]


@pytest.mark.parametrize("failing", PARTS)
def test_a_part_that_fails_fails_the_whole_and_is_named(clone: Path, failing: str) -> None:
    done = run(clone, failing)
    assert done.returncode == 1
    assert len(calls(clone)) == PARTS.index(failing) + 1
    assert re.search(r"[a-z]+ +\d+ min +\d+ s, failed\n  all", done.stdout)
