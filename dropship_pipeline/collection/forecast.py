"""Forecasts calls, credits and time of a run, from its settings and from the cost of earlier calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from dropship_pipeline.collection.costs import Prices, Spending
from dropship_pipeline.jobs.settings import JobSettings, ProductsSettings, ReplaySettings, SellersSettings
from dropship_pipeline.models import PLATFORM_PROVIDERS, PLATFORMS, PROVIDERS, Provider
from dropship_pipeline.settings import Quota
from dropship_pipeline.storage.answered import Answered

PRODUCTS_PER_LIST_PAGE = 50
# The top level of Amazon's best-seller lists; used only while no run has asked for it.
TOP_LEVEL_LISTS = 40
# Rows of one answer: fewer than marketplaces usually send, so that a forecast is rather too high.
ROWS_PER_ANSWER: Mapping[Provider, int] = {"rainforest": 16, "scraperapi": 60}
USUAL_CREDITS: Mapping[Provider, float] = {"rainforest": 1.0, "scraperapi": 5.0}
USUAL_LATENCY_S = 5.0


@dataclass(frozen=True, slots=True)
class History:
    """The average cost of the org's earlier calls, by provider; a provider that was never asked is missing."""

    credits_per_call: Mapping[Provider, float]


@dataclass(frozen=True, slots=True)
class Share:
    """One provider's part of a forecast."""

    calls: int
    credits: int
    seconds: int
    from_history: bool


def forecast(
    settings: JobSettings, history: History, quotas: Mapping[Provider, Quota], known: Answered | None = None
) -> dict[Provider, Share]:
    """Expected calls, credits and seconds by provider; an upper estimate where the marketplace decides.

    Args:
        settings: what is to be run.
        history: what earlier calls cost.
        quotas: how fast each provider may be asked.
        known: what the job has been answered already, where it is gone on with.
    """
    calls = _calls(settings.asked_once(), known or Answered(searches={}))
    return {provider: _share(provider, number, history, quotas[provider]) for provider, number in calls.items()}


def spending(shares: Mapping[Provider, Share], prices: Prices) -> Spending:
    """What a forecast comes to in credits and money."""
    return Spending.of({provider: share.credits for provider, share in shares.items()}, prices)


def together_s(settings: JobSettings, shares: Mapping[Provider, Share]) -> int:
    """Seconds of the whole run: the marketplaces are asked one after the other for sellers, else at the same time."""
    seconds = [share.seconds for share in shares.values()]
    return sum(seconds) if isinstance(settings, SellersSettings) else max(seconds, default=0)


def _calls(settings: JobSettings, known: Answered) -> dict[Provider, int]:
    match settings:
        case ProductsSettings():
            return _product_calls(settings, known)
        case SellersSettings():
            return _seller_calls(settings, known)
        case ReplaySettings():
            return dict.fromkeys(PROVIDERS, 0)
    raise TypeError(f"{type(settings).__name__} has no forecast")


def _product_calls(settings: ProductsSettings, known: Answered) -> dict[Provider, int]:
    calls: dict[Provider, int] = {}
    for platform in PLATFORMS:
        provider = PLATFORM_PROVIDERS[platform]
        left = max(len(settings.queries) - known.searches.get(platform, 0), 0)
        calls[provider] = left * ceil(settings.top_k(platform) / ROWS_PER_ANSWER[provider])
    return calls


def _seller_calls(settings: SellersSettings, known: Answered) -> dict[Provider, int]:
    if settings.max_products == 0:
        return {"rainforest": 0, "scraperapi": 0}
    lists = len(settings.categories) or TOP_LEVEL_LISTS
    pages = lists * settings.pages_per_category  # lists overlap: how many are needed shows only while they are read
    listing_the_lists = 0 if settings.categories else 1
    products = min(settings.max_products, pages * PRODUCTS_PER_LIST_PAGE)
    pages_left = max(pages + listing_the_lists - known.list_pages, 0)
    if known.searches or known.products >= settings.max_products:  # the lists have been read, but for those that failed
        pages_left = known.failed_lists * settings.pages_per_category
        products = min(settings.max_products, known.products + pages_left * PRODUCTS_PER_LIST_PAGE)
    searches = max(products - known.searches.get("ebay", 0), 0)
    control_search = 1 if searches else 0
    return {
        "rainforest": pages_left,
        "scraperapi": searches * (2 if settings.shorter_search else 1) + control_search,
    }


def _share(provider: Provider, calls: int, history: History, quota: Quota) -> Share:
    known = history.credits_per_call.get(provider)
    credits = ceil(calls * (USUAL_CREDITS[provider] if known is None else known))
    seconds = max(calls * 60 / quota.requests_per_minute, calls * USUAL_LATENCY_S / quota.max_in_flight)
    return Share(calls, credits, round(seconds), from_history=known is not None)
