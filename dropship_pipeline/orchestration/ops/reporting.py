"""How the last op of a job reports to Dagster what the run has filled."""

from collections.abc import Iterator, Mapping
from typing import Any

from dagster import AssetMaterialization, Nothing, OpExecutionContext, Out, Output

from dropship_pipeline.errors import RunFatal
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.orchestration.table_types import ROW_COUNT
from dropship_pipeline.storage.upkeep.row_counts import row_counts

COLLECTION_ASSETS = ("amazon_products", "ebay_products", "ebay_sellers", "collection_summary")
SELLER_ASSETS = ("best_selling_products", "product_sellers", "seller_summary")


def outs(*assets: str) -> dict[str, Out]:
    """One output an asset: it carries no value, only the order."""
    return {asset: Out(Nothing, description=f"{asset} is filled.") for asset in assets}


def report(context: OpExecutionContext, assets: Mapping[str, Mapping[str, Any]]) -> Iterator[Output[None]]:
    """Materialize the assets, each with its figures and the number of rows that the org has in it.

    Where a person materializes the assets themselves, Dagster makes the event of each output.

    Args:
        context: of the op; needs the resource `storage`.
        assets: metadata by asset.
    """
    rows = _rows(context)
    for asset, figures in assets.items():
        metadata = {**figures, **({ROW_COUNT: rows[asset]} if asset in rows else {})}
        if is_materialization(context):
            yield Output(None, asset, metadata=metadata)
        else:
            context.log_event(AssetMaterialization(asset, metadata=metadata))
            yield Output(None, asset)


def _rows(context: OpExecutionContext) -> Mapping[str, int]:
    """Rows by asset; none where they cannot be counted: the run is over and well."""
    storage: Storage = context.resources.storage
    try:
        return row_counts(storage.database, storage.org)
    except RunFatal as error:
        context.log.warning("The rows of the assets could not be counted: %s", error)
        return {}


def is_materialization(context: OpExecutionContext) -> bool:
    """Whether the run was started from the assets; Dagster then runs their checks after them."""
    return context.has_assets_def
