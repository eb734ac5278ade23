"""The jobs, and the executor that runs their branches side by side."""

from dagster import AssetSpec, multiprocess_executor

from dropship_pipeline.orchestration.graphs import collect_and_store_graph, collect_sellers_graph

# The run queue lets one run a value of this tag work at a time.
ORG_TAG = "dropship/org"
# A fork server that has everything imported starts both branches within a tenth of a second of each other.
executor = multiprocess_executor.configured(
    {"max_concurrent": 2, "start_method": {"forkserver": {"preload_modules": ["dropship_pipeline.preload"]}}}
)
collect_and_store = collect_and_store_graph.to_job(
    name="collect_and_store", executor_def=executor, tags={ORG_TAG: "default"}
)
collect_sellers = collect_sellers_graph.to_job(name="collect_sellers", executor_def=executor, tags={ORG_TAG: "default"})
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
