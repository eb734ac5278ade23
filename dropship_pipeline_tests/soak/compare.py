"""Two states of tables compared row by row, so that a failure names the rows that differ and no others."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

MOST_TOLD = 10


def assert_same_rows(found: Mapping[str, Iterable[Any]], expected: Mapping[str, Iterable[Any]]) -> None:
    """Fail with the rows that only one side has; how often a row is there counts, and so does the order of rows."""
    __tracebackhide__ = True
    told = [line for name in sorted({*found, *expected}) for line in _told(name, found.get(name), expected.get(name))]
    if told:
        more = [f"and {len(told) - MOST_TOLD} rows more"] if len(told) > MOST_TOLD else []
        pytest.fail("\n".join([*told[:MOST_TOLD], *more]), pytrace=True)


def _told(name: str, found: Iterable[Any] | None, expected: Iterable[Any] | None) -> list[str]:
    """One line a row that differs; empty where the two are equal."""
    if found == expected:
        return []
    if found is None or expected is None:
        return [f"{name}: {'missing' if found is None else 'not expected'}"]
    ours, theirs = Counter(map(repr, found)), Counter(map(repr, expected))
    lines = sorted([*((row, "found") for row in (ours - theirs).elements()),
                    *((row, "expected") for row in (theirs - ours).elements())])  # fmt: skip
    return [f"{name}: {side:8} {row}" for row, side in lines] or [f"{name}: the same rows in another order"]
