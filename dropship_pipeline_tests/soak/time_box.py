"""`--soak-minutes N`: soaking tests begin for N minutes, from a place that moves on with each commit.

A test that has begun ends; what has not begun by then is left for a later commit, which is said and is no failure.
"""

from pathlib import Path
from time import monotonic

import pytest
from _pytest.terminal import TerminalReporter

from dropship_pipeline_tests.soak.turns import in_turn, turn_of_commit

REPOSITORY = Path(__file__).parents[2]
LEFT = "left for a later commit: the time is over"
# What a test takes that does not say it with `pytest.mark.soak(seconds=…)`.
USUAL_S = 20.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("soak", "soaking tests")
    group.addoption("--soak-minutes", type=float, help="begin soaking tests for so long; all of them if not given")
    group.addoption("--soak-turn", type=int, help="where to begin, 0 to 15; by the commit if not given")


def pytest_configure(config: pytest.Config) -> None:
    """Take the time."""
    minutes = config.getoption("--soak-minutes")
    if minutes is not None:
        config.pluginmanager.register(TimeBox(minutes * 60, config.getoption("--soak-turn")), "soak-time-box")


class TimeBox:
    """Orders the soaking tests and lets none begin after the time.

    Args:
        seconds: from now on.
        turn: where to begin; None for that of the commit.
    """

    def __init__(self, seconds: float, turn: int | None) -> None:
        self._end = monotonic() + seconds
        self._turn = turn_of_commit(REPOSITORY) if turn is None else turn

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        soaking = [item for item in items if item.get_closest_marker("soak")]
        rest = [item for item in items if not item.get_closest_marker("soak")]
        items[:] = [*rest, *in_turn(soaking, [_seconds(item) for item in soaking], self._turn)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if item.get_closest_marker("soak") and monotonic() >= self._end:
            pytest.skip(LEFT)

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        skipped = terminalreporter.stats.get("skipped", [])
        left = [report.nodeid for report in skipped if LEFT in str(report.longrepr)]
        terminalreporter.section(f"{len(left)} soaking tests left for later commits")
        for test in left:
            terminalreporter.line(test)


def _seconds(item: pytest.Item) -> float:
    marker = item.get_closest_marker("soak")
    return float(marker.kwargs.get("seconds", USUAL_S)) if marker else 0.0
