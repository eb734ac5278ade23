"""Sums up a seller search: the counts of its outcomes, sellers and judgements."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from dagster import MetadataValue

from dropship_pipeline.orchestration.ops.product_summary import SANDBOX_MARK
from dropship_pipeline.orchestration.ops.reading_summary import (
    DEGRADED_SHARE,
    names_too_few,
    read_too_little,
    reading_numbers,
)
from dropship_pipeline.storage.runs.readings import JobReading
from dropship_pipeline.storage.runs.values import RunFigures
from dropship_pipeline.storage.sellers.matches import JobMatches, TopSeller
from dropship_pipeline.storage.sellers.photos import PhotoFigures


@dataclass(frozen=True, slots=True)
class SellerSummary:
    """Metadata of each asset, and whether the run can be trusted.

    Args:
        assets: metadata by asset name.
        sellers: sellers that the run saw.
        new_sellers: of these, never seen before.
        degraded_because: one sentence, or None where the run can be trusted.
    """

    assets: Mapping[str, Mapping[str, int | float | str | MetadataValue[str]]]
    sellers: int
    new_sellers: int
    degraded_because: str | None


def summarize_sellers(
    outcomes: Mapping[str, int],
    matches: JobMatches,
    photos: PhotoFigures,
    figures: RunFigures,
    readings: Sequence[JobReading],
    *,
    sandbox: bool,
) -> SellerSummary:
    """Sum up one run. Its figures are its own; the states of the products, and what begins with `job_`, are its job's.

    Args:
        outcomes: `products` of the job and the number of them in each state, `not_started` included.
        matches: what was judged of the job's listings.
        photos: what the photo evidence came to.
        figures: what the run and its job came to, and the doubt about them.
        readings: how well the answers of this job could be read.
        sandbox: whether the data comes from the sandbox marketplace; marked on every asset if so.
    """
    new, job = figures.new_sellers, figures.job
    searched = outcomes["products"] - outcomes["not_started"] - outcomes["skipped"]
    mark: dict[str, str] = {"data": SANDBOX_MARK} if sandbox else {}
    listings, judged = matches.listings(), matches.sellers()
    read = {one.asked: reading_numbers(one) for one in readings}
    numbers = {
        **outcomes,
        "searched": figures.products,
        "sellers": figures.sellers,
        "new_sellers": new,
        "job_listings": listings.all,
        **{f"job_listings_{name}": number for name, number in asdict(listings).items()},
        **{f"job_sellers_{name}": number for name, number in asdict(judged).items()},
        **{f"job_{name}": number for name, number in photos.numbers.items()},
        "credits": figures.credits,
        "seconds": figures.seconds,
        **({"credits_per_new_seller": round(figures.credits / new, 2)} if new else {}),
        "job_runs": len(job.runs),
        "job_credits": job.credits_used,
        "job_sellers": job.sellers,
        "job_new_sellers": job.new_sellers,
        **{f"{asked}_{name}": number for asked, numbers in read.items() for name, number in numbers.items()},
    }
    return SellerSummary(
        assets={
            "best_selling_products": {"products": outcomes["products"], **read.get("list", {}), **mark},
            "product_sellers": {"sellers": figures.sellers, "new_sellers": new, **mark},
            "seller_summary": {**numbers, "top_sellers": MetadataValue.md(_table(matches.top_sellers())), **mark},
        },
        sellers=figures.sellers,
        new_sellers=new,
        degraded_because=figures.doubt
        or _too_many_failed(outcomes["failed"], searched)
        or read_too_little(readings)
        or names_too_few(readings),
    )


def add_up(outcomes: Mapping[str, int]) -> bool:
    """Whether the states account for every product, and none is counted twice."""
    states = [number for state, number in outcomes.items() if state != "products"]
    return outcomes["products"] == sum(states) and min(states) >= 0


def _too_many_failed(failed: int, searched: int) -> str | None:
    if not searched or failed / searched <= DEGRADED_SHARE:
        return None
    return f"{failed} of {searched} searches failed, so what was not found says nothing"


def _table(top: Sequence[TopSeller]) -> str:
    head = "| seller | distinct products | listings | accepted | in review | rejected |\n|---|---|---|---|---|---|"
    rows = [
        f"| {_cell(one.name)} | {one.products} | {one.listings} | {one.accepted} | {one.in_review} | {one.rejected} |"
        for one in top
    ]
    return "\n".join([head, *rows])


def _cell(text: str) -> str:
    """A seller's name inside a Markdown table: no mark-up of its own, no further column."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+-.!|~" else letter for letter in text)
