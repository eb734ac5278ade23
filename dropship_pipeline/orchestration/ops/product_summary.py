"""Sums up a run of `collect_and_store`: pure arithmetic over the counters of both branches."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dropship_pipeline.models import PLATFORMS, Platform
from dropship_pipeline.orchestration.ops.reading_summary import DEGRADED_SHARE, read_too_little, reading_numbers
from dropship_pipeline.storage.runs.readings import JobReading
from dropship_pipeline.storage.runs.values import RunFigures

if TYPE_CHECKING:
    import pandas as pd

SANDBOX_MARK = "sandbox data: nothing here comes from a live marketplace"


@dataclass(frozen=True, slots=True)
class Summary:
    """Metadata of each asset (numbers, so that Dagster plots them), and whether the run can be trusted.

    Args:
        assets: metadata by asset name.
        degraded_because: one sentence, or None where the run can be trusted.
        sentence: the run in one line.
    """

    assets: Mapping[str, Mapping[str, int | str]]
    degraded_because: str | None
    sentence: str


def summarize(
    amazon: "pd.DataFrame",
    ebay: "pd.DataFrame",
    readings: Sequence[JobReading],
    figures: RunFigures,
    *,
    sandbox: bool,
) -> Summary:
    """Add up the counters (one row a query) of both branches.

    Args:
        amazon: counters of the Amazon branch.
        ebay: counters of the eBay branch.
        readings: how well the answers of this run could be read.
        figures: what the run paid, and which sellers it saw. What begins with `job_` is its job's.
        sandbox: whether the data comes from the sandbox marketplace; marked on every asset if so.
    """
    platforms = {"amazon": _platform(amazon), "ebay": _platform(ebay)}
    for platform in PLATFORMS:
        platforms[platform]["credits"] = figures.credits_of(platform)
    for reading in readings:
        platforms[reading.platform] |= reading_numbers(reading)
    mark = {"data": SANDBOX_MARK} if sandbox else {}
    total = {
        "stored": sum(counts["stored"] for counts in platforms.values()),
        "credits": figures.credits,
        "job_runs": len(figures.job.runs),
        "job_credits": figures.job.credits_used,
        "overlap_seconds": _overlap_seconds(amazon, ebay),
    }
    prefixed = {f"{p}_{name}": value for p, counts in platforms.items() for name, value in counts.items()}
    assets: dict[str, Mapping[str, int | str]] = {
        f"{platform}_products": {**counts, **mark} for platform, counts in platforms.items()
    }
    assets["ebay_sellers"] = {"sellers": figures.sellers, "new_sellers": figures.new_sellers, **mark}
    assets["collection_summary"] = {**total, **prefixed, "sellers": figures.sellers, **mark}
    return Summary(
        assets=assets,
        degraded_because=_degraded({"amazon": amazon, "ebay": ebay}) or read_too_little(readings),
        sentence=f"amazon {platforms['amazon']['stored']} and ebay {platforms['ebay']['stored']} products stored, "
        f"{figures.sellers} sellers, {figures.credits} credits",
    )


def _platform(counters: "pd.DataFrame") -> dict[str, int]:
    """Counts of one platform; `success_rate` in whole percent of the products returned, 100 where none was."""
    sums = {
        name: int(counters[name].sum())
        for name in (
            "returned", "stored", "without_image", "skipped_rows", "collect_errors", "store_errors",
        )
    }  # fmt: skip
    kinds: Counter[str] = Counter()
    for errors in counters["errors_by_kind"]:
        kinds.update(errors)
    return {
        "queries": len(counters),
        **sums,
        "success_rate": round(100 * sums["stored"] / sums["returned"]) if sums["returned"] else 100,
        "seconds": round((_end(counters) - _start(counters)).total_seconds()) if len(counters) else 0,
        **{f"errors_{kind}": number for kind, number in sorted(kinds.items())},
    }


def _start(counters: "pd.DataFrame") -> datetime:
    first: datetime = min(counters["started_at"])
    return first


def _end(counters: "pd.DataFrame") -> datetime:
    last: datetime = max(counters["ended_at"])
    return last


def _overlap_seconds(amazon: "pd.DataFrame", ebay: "pd.DataFrame") -> int:
    """How long both workers worked at the same time, in whole seconds."""
    if not len(amazon) or not len(ebay):
        return 0
    overlap: timedelta = min(_end(amazon), _end(ebay)) - max(_start(amazon), _start(ebay))
    return max(0, round(overlap.total_seconds()))


def _degraded(counters: "Mapping[Platform, pd.DataFrame]") -> str | None:
    for platform in PLATFORMS:
        rows = counters[platform]
        asked, failed = len(rows), int(rows["collect_errors"].sum())
        if asked and failed / asked > DEGRADED_SHARE:
            return f"{failed} of {asked} {platform} queries failed, so what was not found says nothing"
        returned, lost = int(rows["returned"].sum()), int(rows["store_errors"].sum())
        if returned and lost / returned > DEGRADED_SHARE:
            return f"{lost} of {returned} {platform} products could not be stored"
    return None
