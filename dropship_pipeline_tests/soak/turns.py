"""In which order the soaking tests run when there is not time for all, so that over a few commits each has its turn."""

import subprocess
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

TURNS = 4
PLACES = TURNS**2
T = TypeVar("T")


def in_turn(tests: Sequence[T], seconds: Sequence[float], turn: int) -> list[T]:
    """The tests from the one at which this turn begins, then those before it.

    Four turns begin a quarter of the whole time apart, and the next four a sixteenth further on. So a third of the time
    in each is enough for every test to run once in any four turns, and on a slow machine a sixteenth once in twenty:
    no test stands where the time is always over.

    Args:
        tests: in an order that stays the same.
        seconds: what each takes.
        turn: any number; twenty that follow each other begin at each of sixteen places.
    """
    begin = sum(seconds) * ((turn * TURNS + turn // TURNS) % PLACES) / PLACES
    before = [end - own for end, own in zip(accumulate(seconds), seconds, strict=True)]
    start = next((place for place, passed in enumerate(before) if passed >= begin), 0)
    return [*tests[start:], *tests[:start]]


def turn_of_commit(repository: Path) -> int:
    """The number of the commit in its history; where only the newest commits are there, a number from its hash."""
    if _git(repository, "rev-parse", "--is-shallow-repository") == "false":
        return int(_git(repository, "rev-list", "--count", "HEAD") or 0)
    return int(_git(repository, "rev-parse", "HEAD") or "0", 16)


def _git(repository: Path, *arguments: str) -> str:
    """What git says; nothing where there is no git or no repository."""
    try:
        done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
