"""The table: each figure with its spread, the goal beside it, and whether it was met."""

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from dropship_pipeline.models import PLATFORMS
from dropship_pipeline_tests.bench.load import API_LATENCY_MS, IMAGE_LATENCY_MS, QUERIES, TOP_K

_WIDTHS = (54, 10, 18, 14)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Args:
        name: what was measured.
        values: one a repetition; the median is shown.
        form: how a value is written.
        goal: as written; empty where there is none.
        met: whether the median meets it; None where there is no goal.
    """

    name: str
    values: Sequence[float]
    form: str
    goal: str = ""
    met: Callable[[float], bool] | None = None

    def cells(self) -> tuple[str, str, str, str, str]:
        """Name, median, spread, goal, verdict."""
        middle = median(self.values)
        low, high = min(self.values), max(self.values)
        spread = f"{low:{self.form}} – {high:{self.form}}" if len(self.values) > 1 else ""
        verdict = "" if self.met is None else "met" if self.met(middle) else "MISSED"
        return self.name, f"{middle:{self.form}}", spread, self.goal, verdict


def table(figures: Iterable[Figure]) -> str:
    """All figures, one a line, under a line that says what was measured where."""
    load = f"{len(PLATFORMS)} platforms × {len(QUERIES)} queries × {TOP_K} products"
    latency = f"API {API_LATENCY_MS} ms, images {IMAGE_LATENCY_MS} ms"
    machine = f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    heading = _line(("", "median", "lowest – highest", "goal", ""))
    return "\n".join([f"{load}, {latency}", machine, "", heading, *(_line(figure.cells()) for figure in figures)])


def _line(cells: Sequence[str]) -> str:
    name, middle, spread, goal, verdict = cells
    widths = _WIDTHS
    return f"{name:<{widths[0]}}{middle:>{widths[1]}}{spread:>{widths[2]}}   {goal:<{widths[3]}}{verdict}".rstrip()
