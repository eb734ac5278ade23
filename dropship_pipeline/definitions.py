"""The code location: `build_defs()` assembles it, `defs` is what Dagster loads. Nothing else is here."""

from collections.abc import Mapping

from dagster import Definitions

from dropship_pipeline.orchestration.checks import checks
from dropship_pipeline.orchestration.io_managers import postgres_frames, run_record
from dropship_pipeline.orchestration.jobs import assets, executor, jobs
from dropship_pipeline.orchestration.resources import MarketplaceResource, StorageResource
from dropship_pipeline.orchestration.sensors import sensors


def build_defs(resource_overrides: Mapping[str, object] | None = None) -> Definitions:
    """Assemble the definitions; `resource_overrides` replaces resources by key, for tests."""
    resources: dict[str, object] = {
        "storage": StorageResource(),
        "marketplaces": MarketplaceResource(),
        "postgres": postgres_frames,
        "run_record": run_record,
    }
    return Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=jobs,
        sensors=sensors,
        executor=executor,
        resources={**resources, **(resource_overrides or {})},
    )


defs = build_defs()
