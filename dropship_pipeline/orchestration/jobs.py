"""The jobs with their executor, owners and tags."""

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.jobs.launching import ORG_TAG
from dropship_pipeline.jobs.registry import PRODUCTS, REPLAY, SELLERS
from dropship_pipeline.orchestration.executors import chosen_executor
from dropship_pipeline.orchestration.graphs import (
    collect_and_store_graph,
    collect_sellers_graph,
    replay_collection_graph,
)
from dropship_pipeline.orchestration.tags import OWNERS
from dropship_pipeline.settings import load_settings


def _own_org() -> str:
    """Whose a run is, unless its launch names another org. Settings that do not fit are for the run to complain of."""
    try:
        return load_settings().org
    except SettingsError:
        return "default"


executor = chosen_executor()
_tags = {ORG_TAG: _own_org()}
collect_and_store = collect_and_store_graph.to_job(name=PRODUCTS.name, executor_def=executor, owners=OWNERS, tags=_tags)
collect_sellers = collect_sellers_graph.to_job(name=SELLERS.name, executor_def=executor, owners=OWNERS, tags=_tags)
replay_collection = replay_collection_graph.to_job(name=REPLAY.name, executor_def=executor, owners=OWNERS, tags=_tags)
jobs = [collect_and_store, collect_sellers, replay_collection]
