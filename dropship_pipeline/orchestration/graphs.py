"""The graph of each job: which op gets which output. Its outputs are the assets that it fills."""

from typing import Any

from dagster import GraphOut, graph

from dropship_pipeline.orchestration.ops.photos import photo_evidence
from dropship_pipeline.orchestration.ops.products import (
    amazon_collect_store,
    collection_config,
    collection_summary,
    ebay_collect_store,
)
from dropship_pipeline.orchestration.ops.replay import replay
from dropship_pipeline.orchestration.ops.reporting import COLLECTION_ASSETS, SELLER_ASSETS
from dropship_pipeline.orchestration.ops.sellers import best_sellers, seller_search, seller_summary


@graph(
    description="Collect products from Amazon and eBay at the same time, store them, and sum up.",
    out={asset: GraphOut() for asset in COLLECTION_ASSETS},
)
def collect_and_store_graph() -> Any:  # noqa: ANN401  (outputs of ops, which exist only while a graph is put together)
    """Wire the four ops."""
    settings = collection_config()
    ebay_counters, ebay_sellers = ebay_collect_store(settings)
    return collection_summary(amazon_collect_store(settings), ebay_counters, ebay_sellers=ebay_sellers)._asdict()


@graph(
    description="Find who sells on eBay what sells best on Amazon.",
    out={asset: GraphOut() for asset in SELLER_ASSETS},
)
def collect_sellers_graph() -> Any:  # noqa: ANN401  (as above)
    """Wire the four ops."""
    settings, products = best_sellers()
    judged = photo_evidence(settings, sellers=seller_search(settings, products=products))
    return seller_summary(judged=judged)._asdict()


@graph(description="Judge a seller search again from its kept answers; no marketplace is asked, nothing is paid.")
def replay_collection_graph() -> None:
    """Wire the one op."""
    replay()
