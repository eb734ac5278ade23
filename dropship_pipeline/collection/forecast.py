"""What a run is going to cost: calls, credits and time, from its configuration and from what earlier runs cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from dropship_pipeline.collection.request import CollectionRequest
from dropship_pipeline.collection.seller_request import SellerRequest
from dropship_pipeline.models import Provider
from dropship_pipeline.settings import Quota

PRODUCTS_PER_LIST_PAGE = 50
# The top level of Amazon's best-seller lists; used only while no run has asked for it.
TOP_LEVEL_LISTS = 40
# Rows of one answer: fewer than marketplaces usually send, so that a forecast is rather too high.
ROWS_PER_ANSWER: Mapping[Provider, int] = {"rainforest": 16, "scraperapi": 60}
USUAL_CREDITS: Mapping[Provider, float] = {"rainforest": 1.0, "scraperapi": 5.0}
USUAL_LATENCY_S = 5.0


@dataclass(frozen=True, slots=True)
class History:
    """What earlier calls of the org came to, by provider; a provider that was never asked is missing."""

    credits_per_call: Mapping[Provider, float]


@dataclass(frozen=True, slots=True)
class Share:
    """One provider's part of a forecast."""

    calls: int
    credits: int
    seconds: int
    from_history: bool


def forecast(
    request: CollectionRequest | SellerRequest, history: History, quotas: Mapping[Provider, Quota]
) -> dict[Provider, Share]:
    """Expected calls, credits and seconds by provider; an upper estimate where the marketplace decides.

    Args:
        request: what is to be run.
        history: what earlier calls cost.
        quotas: how fast each provider may be asked.
    """
    calls = _seller_calls(request) if isinstance(request, SellerRequest) else _collection_calls(request)
    return {provider: _share(provider, number, history, quotas[provider]) for provider, number in calls.items()}


def together_s(request: CollectionRequest | SellerRequest, shares: Mapping[Provider, Share]) -> int:
    """Seconds of the whole run: the marketplaces are asked one after the other for sellers, else at the same time."""
    seconds = [share.seconds for share in shares.values()]
    return sum(seconds) if isinstance(request, SellerRequest) else max(seconds, default=0)


def _collection_calls(request: CollectionRequest) -> dict[Provider, int]:
    wanted: dict[Provider, int] = {"rainforest": request.top_amz, "scraperapi": request.top_ebay}
    return {
        provider: len(request.queries) * ceil(top_k / ROWS_PER_ANSWER[provider]) for provider, top_k in wanted.items()
    }


def _seller_calls(request: SellerRequest) -> dict[Provider, int]:
    if request.max_products == 0:
        return {"rainforest": 0, "scraperapi": 0}
    lists = len(request.categories) or TOP_LEVEL_LISTS
    pages = lists * request.pages_per_category  # lists overlap: how many are needed shows only while they are read
    products = min(request.max_products, pages * PRODUCTS_PER_LIST_PAGE)
    listing_the_lists = 0 if request.categories else 1
    control_search = 1
    return {
        "rainforest": pages + listing_the_lists,
        "scraperapi": products * (2 if request.shorter_search else 1) + control_search,
    }


def _share(provider: Provider, calls: int, history: History, quota: Quota) -> Share:
    known = history.credits_per_call.get(provider)
    credits = ceil(calls * (USUAL_CREDITS[provider] if known is None else known))
    seconds = max(calls * 60 / quota.requests_per_minute, calls * USUAL_LATENCY_S / quota.max_in_flight)
    return Share(calls, credits, round(seconds), from_history=known is not None)
