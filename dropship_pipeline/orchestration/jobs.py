"""The jobs with their executor and tags, and the assets that their summaries materialize."""

from dagster import AssetSpec

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.jobs.launching import ORG_TAG
from dropship_pipeline.jobs.registry import PRODUCTS, SELLERS
from dropship_pipeline.orchestration.executors import chosen_executor
from dropship_pipeline.orchestration.graphs import collect_and_store_graph, collect_sellers_graph
from dropship_pipeline.settings import load_settings


def _own_org() -> str:
    """Whose a run is, unless its launch names another org. Settings that do not fit are for the run to complain of."""
    try:
        return load_settings().org
    except SettingsError:
        return "default"


executor = chosen_executor()
_tags = {ORG_TAG: _own_org()}
collect_and_store = collect_and_store_graph.to_job(name=PRODUCTS.name, executor_def=executor, tags=_tags)
collect_sellers = collect_sellers_graph.to_job(name=SELLERS.name, executor_def=executor, tags=_tags)
jobs = [collect_and_store, collect_sellers]

assets = [
    AssetSpec("amazon_products", group_name="collection", kinds={"postgres", "s3"},
              description="Products that Amazon returned for the queries, one row each, with their images."),
    AssetSpec("ebay_products", group_name="collection", kinds={"postgres", "s3"},
              description="Listings that eBay returned for the queries, one row each, with their images."),
    AssetSpec("ebay_sellers", group_name="collection", kinds={"postgres"}, deps=["ebay_products"],
              description="Who sells the listings: one row a seller."),
    AssetSpec("collection_summary", group_name="collection",
              deps=["amazon_products", "ebay_products", "ebay_sellers"],
              description="What the latest run came to."),
    AssetSpec("best_selling_products", group_name="sellers", kinds={"postgres"},
              description="What sells best on Amazon: one row a product and job, with every list that names it."),
    AssetSpec("product_sellers", group_name="sellers", kinds={"postgres"}, deps=["best_selling_products"],
              description="Who sells it on eBay: one row a seller, one row a listing as evidence."),
    AssetSpec("seller_summary", group_name="sellers", deps=["best_selling_products", "product_sellers"],
              description="What the latest seller search came to."),
]  # fmt: skip
