"""`dropship resume`: goes on with a run."""

from typing import Annotated

import typer

from dropship_pipeline.cli.checks import resumable_run
from dropship_pipeline.cli.commands.forecast import expected
from dropship_pipeline.cli.commands.run import execute
from dropship_pipeline.cli.commands.runs import Reference
from dropship_pipeline.cli.stores import open_stores
from dropship_pipeline.cli.terminal import plain_errors, say
from dropship_pipeline.collection.forecast import spending
from dropship_pipeline.collection.resuming import resumed_settings
from dropship_pipeline.storage.answered import answered


def resume(
    run: Reference,
    max_credits: Annotated[
        int | None, typer.Option(min=0, help="A new budget of the job, over all its runs, in credits.")
    ] = None,
) -> None:
    """Go on with a run that stopped, failed or was killed; what was paid for is not paid for again."""
    with plain_errors():
        with open_stores() as stores:
            found = resumable_run(stores, run)
            settings = resumed_settings(found, max_credits)
            known = answered(stores.database, stores.settings.org, found.job_id)
            cost = spending(expected(stores, settings, known), stores.settings.credit_prices)
        say(f"Going on with run {found.run_id}: {found.job_name}, job id {found.job_id}; at most about {cost}")
        code, _ = execute(settings)
        raise typer.Exit(code)
