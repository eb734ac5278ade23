"""The assets: what the jobs fill, as Dagster's catalog shows it.

A job stays a job of ops, and its last op reports what it filled. The same graph stands behind the assets, so that
"Materialize" in the catalog runs it, too: with the default settings, as the launchpad does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster import AssetKey, AssetsDefinition, GraphDefinition, MetadataValue
from sqlalchemy import Table

from dropship_pipeline.jobs.registry import PRODUCTS, SELLERS, Job
from dropship_pipeline.orchestration.graphs import collect_and_store_graph, collect_sellers_graph
from dropship_pipeline.orchestration.table_types import COLUMN_SCHEMA, TABLE_NAME, schema_of
from dropship_pipeline.orchestration.tags import JOB_TAG, OWNERS
from dropship_pipeline.storage.database.tables import collection_items, job_products, products, sellers

_DOCS = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True, slots=True)
class _Asset:
    """One asset.

    Args:
        name: also of the output of its graph that stands for it.
        description: what a row is.
        read: the page in `docs` that explains it.
        table: where its rows are; None for a summary, which is figures only.
        kinds: what holds it.
        deps: assets of the same job that it is made from.
    """

    name: str
    description: str
    read: str
    table: Table | None = None
    kinds: tuple[str, ...] = ("postgres",)
    deps: tuple[str, ...] = ()

    @property
    def metadata(self) -> dict[str, Any]:
        page = _DOCS / self.read
        # Where there is no clone, there is no file: then the name under which the project has it.
        found: dict[str, Any] = {"docs": MetadataValue.path(page if page.exists() else f"docs/{self.read}")}
        if self.table is not None:
            found |= {COLUMN_SCHEMA: schema_of(list(self.table.c)), TABLE_NAME: self.table.name}
        return found


_COLLECTION = (
    _Asset(
        "amazon_products", "Products that Amazon returned for the queries, one row each, with their images.",
        "follow-one-query.md", products, ("postgres", "s3"),
    ),
    _Asset(
        "ebay_products", "Listings that eBay returned for the queries, one row each, with their images.",
        "follow-one-query.md", products, ("postgres", "s3"),
    ),
    _Asset(
        "ebay_sellers", "Who sells the listings: one row a seller.",
        "follow-one-query.md", sellers, deps=("ebay_products",),
    ),
    _Asset(
        "collection_summary", "What the latest run came to.",
        "operations.md", deps=("amazon_products", "ebay_products", "ebay_sellers"),
    ),
)  # fmt: skip
_SELLERS = (
    _Asset(
        "best_selling_products", "What sells best on Amazon: one row a product and job, with every list that names it.",
        "follow-one-best-seller.md", job_products,
    ),
    _Asset(
        "product_sellers", "Who sells it on eBay: one row a listing that passed, with the seller behind it.",
        "follow-one-best-seller.md", collection_items, deps=("best_selling_products",),
    ),
    _Asset(
        "seller_summary", "What the latest seller search came to.",
        "operations.md", deps=("best_selling_products", "product_sellers"),
    ),
)  # fmt: skip


def _definition(graph: GraphDefinition, job: Job, group: str, filled: Sequence[_Asset]) -> AssetsDefinition:
    return AssetsDefinition.from_graph(
        graph,
        group_name=group,
        keys_by_output_name={asset.name: AssetKey(asset.name) for asset in filled},
        internal_asset_deps={asset.name: {AssetKey(name) for name in asset.deps} for asset in filled},
        descriptions_by_output_name={asset.name: f"{asset.description} Read docs/{asset.read}." for asset in filled},
        metadata_by_output_name={asset.name: asset.metadata for asset in filled},
        tags_by_output_name={
            asset.name: {JOB_TAG: job.name, **{f"dagster/kind/{kind}": "" for kind in asset.kinds}} for asset in filled
        },
        owners_by_output_name={asset.name: OWNERS for asset in filled},
    )


assets = [
    _definition(collect_and_store_graph, PRODUCTS, "collection", _COLLECTION),
    _definition(collect_sellers_graph, SELLERS, "sellers", _SELLERS),
]
