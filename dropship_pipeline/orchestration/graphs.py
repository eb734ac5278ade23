"""The graph of each job: which op gets which output."""

from dagster import graph

from dropship_pipeline.orchestration.ops.products import (
    amazon_collect_store,
    collection_config,
    collection_summary,
    ebay_collect_store,
)
from dropship_pipeline.orchestration.ops.sellers import best_sellers, seller_search, seller_summary


@graph(description="Collect products from Amazon and eBay at the same time, store them, and sum up.")
def collect_and_store_graph() -> None:
    """Wire the four ops."""
    settings = collection_config()
    ebay_counters, ebay_sellers = ebay_collect_store(settings)
    collection_summary(amazon_collect_store(settings), ebay_counters, ebay_sellers=ebay_sellers)


@graph(description="Find who sells on eBay what sells best on Amazon.")
def collect_sellers_graph() -> None:
    """Wire the three ops."""
    settings, products = best_sellers()
    seller_summary(sellers=seller_search(settings, products=products))
