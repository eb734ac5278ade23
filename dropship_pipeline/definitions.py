"""The code location: `build_defs()` assembles it, `defs` is what Dagster loads. Nothing else is here."""

import logging
import os
from collections.abc import Mapping

from dagster import Definitions

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.orchestration.assets import assets
from dropship_pipeline.orchestration.checks import checks
from dropship_pipeline.orchestration.io_managers import postgres_frames, run_record
from dropship_pipeline.orchestration.jobs import executor, jobs
from dropship_pipeline.orchestration.resources import MarketplaceResource, StorageResource
from dropship_pipeline.orchestration.sensors import sensors
from dropship_pipeline.settings import load_settings


def build_defs(resource_overrides: Mapping[str, object] | None = None) -> Definitions:
    """Assemble the definitions; `resource_overrides` replaces resources by key, for tests."""
    resources: dict[str, object] = {
        "storage": StorageResource.of_environment(),
        "marketplaces": MarketplaceResource.of_environment(),
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


def _say_what_dagster_dev_lacks() -> None:
    """Tell who types `dagster dev` or `dg dev` what starts the stores, before the first run fails for it."""
    if not os.environ.get("DAGSTER_IS_DEV_CLI"):
        return
    try:
        load_settings().require_storage()
    except SettingsError as error:
        logging.getLogger("dagster").warning(str(error))


defs = build_defs()
_say_what_dagster_dev_lacks()
