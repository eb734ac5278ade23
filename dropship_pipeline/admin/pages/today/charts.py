"""The charts below the list of Today: what searches found, what that cost, and where. Each bar is a link."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.charts import Bar, Place, draw_bars
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag
from dropship_pipeline.collection.costs import NAMES, Prices, Spending
from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.storage.review.yields import CategoryYield, category_yields
from dropship_pipeline.storage.runs.reports import Reports, RunPoint

RUNS_SHOWN = 12
# So many are told apart by colour; what is beyond them is one bar, so that the parts of a search add up.
CATEGORIES_SHOWN = 5
OTHERS = "Other categories"
NO_CATEGORY = "No category"


class Charts:
    """Draws the charts.

    Args:
        frame: the page.
    """

    def __init__(self, frame: Frame) -> None:
        visit = frame.visit
        self._database, self._org = visit.services.database, visit.org
        self._prices = visit.services.settings.credit_prices
        self._reports = Reports(visit.services.database, visit.org)
        self._box = Tag("section", "", "charts today-charts", aria_label="Searches over time", aria_busy="true")

    async def show(self) -> None:
        """Draw them anew."""
        points, yields = await asyncio.gather(
            asyncio.to_thread(self._reports.points, RUNS_SHOWN, SELLERS.name),
            asyncio.to_thread(category_yields, self._database, self._org, searches=RUNS_SHOWN),
        )
        self._box.put("aria_busy", None).clear()
        if not points:
            return
        with self._box:
            _chart("New sellers a run", "Sellers that no search had met before.", _new_sellers(points))
            costs, series = _costs(points, self._prices)
            _chart("Cost of a new seller", "What a run paid, for each seller that was new.", costs, series)
            places, categories = _yields(yields)
            _chart(
                "Yield by category", "Accepted matches of each search: a seller and a product.", places, categories,
                stacked=True,
            )  # fmt: skip


def _new_sellers(points: Sequence[RunPoint]) -> list[Place]:
    return [
        _place(point, wording.number(point.new_sellers), [
            _bar(point, point.new_sellers, wording.counted(point.new_sellers, "new seller"))
        ])
        for point in points
    ]  # fmt: skip


def _costs(points: Sequence[RunPoint], prices: Prices) -> tuple[list[Place], list[str]]:
    """Money where all of it is known; else credits of each provider, which are not of one kind."""
    spent = [Spending.of(point.credits_by_provider, prices, used=point.credits) for point in points]
    found = [point for point in points if point.new_sellers]
    if found and all(paid.whole is not None for paid, point in zip(spent, points, strict=True) if point.new_sellers):
        return [_money_place(point, paid) for point, paid in zip(points, spent, strict=True)], []
    places = []
    for point in points:
        each = [point.credits_by_provider.get(name, 0) / max(point.new_sellers, 1) for name in NAMES]
        bars = [
            _bar(point, size, f"{size:,.1f} credits of {name} a new seller", colour)
            for colour, (size, name) in enumerate(zip(each, NAMES.values(), strict=True))
        ]
        figure = " + ".join(f"{size:,.1f}" for size in each)
        places.append(_place(point, figure, bars) if point.new_sellers else _place(point, wording.NOTHING, []))
    return places, list(NAMES.values())


def _money_place(point: RunPoint, paid: Spending) -> Place:
    money = paid.per(point.new_sellers)
    if money is None:
        return _place(point, wording.NOTHING, [])
    return _place(point, str(money), [_bar(point, money.cents, f"{paid.each(point.new_sellers)} a new seller")])


def _yields(yields: Sequence[CategoryYield]) -> tuple[list[Place], list[str]]:
    sums: dict[str, int] = {}
    for one in yields:
        sums[one.category] = sums.get(one.category, 0) + one.matches
    named = sorted(sums, key=lambda category: (-sums[category], category))
    shown, others = named[:CATEGORIES_SHOWN], len(named) > CATEGORIES_SHOWN
    places = []
    for run_id in dict.fromkeys(one.run_id for one in yields):
        of_run = [one for one in yields if one.run_id == run_id]
        counts = {one.category: one.matches for one in of_run}
        bars = [_part(run_id, category, counts[category], colour) for colour, category in enumerate(shown)
                if category in counts]  # fmt: skip
        rest = sum(number for category, number in counts.items() if category not in shown)
        if rest:
            words = f"{OTHERS}: {wording.counted(rest, 'match', 'matches')}"
            address = f"/sellers?{urlencode({'run': run_id})}"
            bars.append(Bar(size=rest, words=f"Run {run_id}, {words}", address=address, colour=CATEGORIES_SHOWN))
        total = wording.number(sum(counts.values()))
        places.append(_place_of(run_id, of_run[0].started_at, total, bars))
    return places, [*(category or NO_CATEGORY for category in shown), *([OTHERS] if others else [])]


def _part(run_id: int, category: str, matches: int, colour: int) -> Bar:
    words = f"Run {run_id}, {category or NO_CATEGORY}: {wording.counted(matches, 'match', 'matches')}"
    return Bar(
        size=matches, words=words, colour=colour,
        address=f"/sellers?{urlencode({'run': run_id, 'category': category, 'match': 'accept'})}",
    )  # fmt: skip


def _bar(point: RunPoint, size: float, words: str, colour: int = 0) -> Bar:
    said = f"Run {point.run_id}, {_day(point.started_at)}: {words}"
    return Bar(size=size, words=said, address=f"/history/{point.run_id}", colour=colour)


def _place(point: RunPoint, figure: str, bars: Sequence[Bar]) -> Place:
    return _place_of(point.run_id, point.started_at, figure, bars)


def _place_of(run_id: int, started_at: datetime, figure: str, bars: Sequence[Bar]) -> Place:
    return Place(day=_day(started_at), words=f"Run {run_id}", figure=figure, bars=bars)


def _chart(
    title: str, lead: str, places: Sequence[Place], series: Sequence[str] = (), *, stacked: bool = False
) -> None:
    with Tag("section", "", "card", aria_label=title):
        Tag("h2", title)
        Tag("p", lead, "muted small")
        if not places:
            Tag("p", "Nothing yet.", "muted")
            return
        if series:
            with Tag("ul", "", "legend-row small"):
                for colour, name in enumerate(series):
                    with Tag("li"):
                        Tag("span", "", f"swatch series-{colour}", aria_hidden="true")
                        Tag("span", name)
        draw_bars(places, stacked=stacked)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%d %b}"
