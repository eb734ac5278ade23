"""The op `photo_evidence` of `collect_sellers`: is the picture of each listing Amazon's? Free of credits."""

import asyncio

from dagster import In, Nothing, OpExecutionContext, Out, op

from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.models import FINAL_STATES
from dropship_pipeline.orchestration.ops.opening import open_run
from dropship_pipeline.orchestration.ops.products import RETRY
from dropship_pipeline.orchestration.ops.sellers import SellerStep, settle
from dropship_pipeline.orchestration.step.failure import failing_in_a_sentence
from dropship_pipeline.orchestration.tags import worker_tags
from dropship_pipeline.storage.sellers.counts import refresh_products
from dropship_pipeline.storage.sellers.photos import photo_figures


@op(
    ins={"sellers": In(Nothing)},  # read from the tables, where the step before kept what it found
    out=Out(Nothing, description="The listings are judged with their pictures; the figures are in the metadata."),
    required_resource_keys={"storage"},
    retry_policy=RETRY,
    tags=worker_tags("ebay"),
)
def photo_evidence(context: OpExecutionContext, settings: SellersSettings) -> None:
    """Compare the picture of each listing with Amazon's, and judge once more with what they are to each other."""
    if not settings.photo_bands:
        context.add_output_metadata({"photos": settings.photos})
        return
    with failing_in_a_sentence(context):
        step = SellerStep(context, settings, open_run(context, settings))
    storage, run = step.storage, step.run
    if run.status in FINAL_STATES:  # a stop came with the last search: nothing was left to search for
        context.log.info("The run was asked to stop, so no photo is looked at; the job does so when it runs again")
        context.add_output_metadata({"photos": "left, since the run was asked to stop"})
        return

    async def compare() -> None:
        from dropship_pipeline.collection.sellers.photo_reading import PictureReader  # noqa: PLC0415  (pixels)
        from dropship_pipeline.collection.sellers.photos import PhotoEvidence  # noqa: PLC0415  (as above)

        objects = (lambda: storage.objects) if settings.keep_photos else None
        async with PictureReader.from_settings(storage.settings, storage.database, objects) as reader:
            await PhotoEvidence(
                storage.database, storage.org, run.job_id, settings, reader, progress=step.progress, stop=step.stop
            ).run()
        await asyncio.to_thread(refresh_products, storage.database, storage.org)

    step.under_guard("ebay", compare)
    with failing_in_a_sentence(context):
        figures = photo_figures(storage.database, storage.org, run.job_id, run.run_id)
        context.add_output_metadata({"photos": settings.photos, **figures.numbers})
        if step.stop.reason:  # nothing was left to stop, and no summary follows where Dagster ends the run
            settle(storage, run)
