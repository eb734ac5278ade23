"""Charts: of runs over time, with their figures as a table for who does not see charts; and bars that are links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.markup import Cells, Column, Markup, Table, show, tag
from dropship_pipeline.admin.pages.ui.parts import Tag, empty
from dropship_pipeline.collection.costs import NAMES, Prices, Spending
from dropship_pipeline.models import PROVIDERS
from dropship_pipeline.storage.runs.reports import RunPoint

# Read well on both grounds, and can be told apart without seeing colours by their lightness.
FIRST, SECOND, GREY = "#3d7de0", "#e08a1e", "#8492a5"
PERCENT = 100
_COLUMNS = (
    Column("Run", "text"),
    Column("Started", "text"),
    Column("Sellers found", "number"),
    Column("New", "number"),
    Column("Credits, Amazon + eBay", "number"),
    Column("Errors", "number"),
)

Series = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar, or a part of one.

    Args:
        words: what it says, for people who hear or point at it.
        address: where it leads; None where it leads nowhere.
        colour: which of the series it belongs to, from 0.
    """

    size: float
    words: str
    address: str | None
    colour: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place on the axis: its date and words, the figure above, and its bars, side by side or one upon the other."""

    day: str
    words: str
    figure: str
    bars: Sequence[Bar]


def draw_bars(places: Sequence[Place], *, stacked: bool = False) -> None:
    """Bars from nothing to their size, the earliest place first."""
    heights = [sum(bar.size for bar in place.bars) if stacked else _longest(place) for place in places]
    tallest = max(heights, default=0) or 1
    bars = Tag("ol", "", "bars stacked" if stacked else "bars")
    show(bars, *(_drawn(place, tallest) for place in places))


def _longest(place: Place) -> float:
    return max((bar.size for bar in place.bars), default=0)


def _drawn(place: Place, tallest: float) -> Markup:
    bars = (
        tag(
            "a" if bar.address else "span", class_=f"bar-link series-{bar.colour}", href=bar.address, title=bar.words,
            aria_label=bar.words if bar.address else None, style=f"height: {bar.size / tallest * PERCENT:.1f}%",
        )
        for bar in place.bars
    )  # fmt: skip
    return tag(
        "li",
        tag("span", place.figure, class_="bar-figure small"),
        tag("div", *bars, class_="bar-stack"),
        tag("time", place.day, class_="muted bar-day"),
        tag("span", place.words, class_="muted bar-day"),
        class_="bar-place",
    )


def draw_charts(points: Sequence[RunPoint], prices: Prices) -> None:
    """Sellers found and new, credits of each provider or money, and error rate over the runs that have ended."""
    with Tag("section", "", "stack charts-section", aria_label="Over time"):
        if not points:
            with Tag("div", "", "card"):
                empty("Nothing to chart yet", "Charts appear when the first run has ended.")
            return
        runs = [f"Run {point.run_id}\n{wording.day(point.started_at)}" for point in points]
        with Tag("div", "", "charts"):
            found = [point.sellers_found for point in points]
            new = [point.new_sellers for point in points]
            _chart("Sellers", runs, {"found": found, "new": new})
            _chart("Credits", runs, _credits(points))
            _chart("Errors, % of searches", runs, {"errors": [_percent(point.error_rate) for point in points]})
        with Tag("details"):
            Tag("summary", "The same figures as a table")
            with Tag("div", "", "card flush"):
                _table(points, prices)


def _chart(title: str, runs: Sequence[str], series: Series) -> None:
    with Tag("section", "", "card", aria_label=title):
        Tag("h2", title)
        with Tag("div", role="img", aria_label=f"Chart: {title} of the last {len(runs)} runs; the table below has it"):
            ui.echart(_options(runs, series), renderer="svg").classes("chart")


def _options(runs: Sequence[str], series: Series) -> dict[str, Any]:
    axis = {"axisLine": {"lineStyle": {"color": GREY}}, "axisLabel": {"color": GREY}, "axisTick": {"show": False}}
    return {
        "animation": False,
        "color": [FIRST, SECOND],
        "grid": {"left": 8, "right": 8, "top": 28 if len(series) > 1 else 12, "bottom": 4, "containLabel": True},
        "legend": {"show": len(series) > 1, "right": 0, "top": 0, "textStyle": {"color": GREY}, "itemHeight": 8},
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "xAxis": {**axis, "type": "category", "data": list(runs), "axisLabel": {"show": False}},
        "yAxis": {**axis, "type": "value", "splitNumber": 3, "minInterval": 1,
                  "splitLine": {"lineStyle": {"color": GREY, "opacity": 0.25}}},
        "series": [
            {"name": name, "type": "bar", "data": list(values), "barMaxWidth": 26, "barGap": "10%"}
            for name, values in series.items()
        ],
    }  # fmt: skip


def _credits(points: Sequence[RunPoint]) -> Series:
    """A series for each provider: credits of two providers are not of one kind."""
    return {NAMES[name]: [point.credits_by_provider.get(name, 0) for point in points] for name in PROVIDERS}


def _table(points: Sequence[RunPoint], prices: Prices) -> None:
    table = Table("Runs over time", (*_COLUMNS, *([Column("Money", "number")] if prices else [])))
    table.show(_cells(point, prices) for point in reversed(points))


def _cells(point: RunPoint, prices: Prices) -> Cells:
    spent = Spending.of(point.credits_by_provider, prices, used=point.credits)
    return (
        tag("a", f"Run {point.run_id}", class_="link", href=f"/history/{point.run_id}"),
        wording.moment(point.started_at),
        wording.number(point.sellers_found),
        wording.number(point.new_sellers),
        wording.credits(spent),
        wording.NOTHING if point.error_rate is None else f"{_percent(point.error_rate)} %",
        *([str(spent.whole or wording.NOTHING)] if prices else []),
    )


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(float(rate) * PERCENT, 1)
