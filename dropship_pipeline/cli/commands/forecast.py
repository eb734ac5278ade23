"""`dropship forecast`: says what a run costs, before it costs anything."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from dropship_pipeline.cli.checks import require_known_categories, resumable_run
from dropship_pipeline.cli.config_file import read_config
from dropship_pipeline.cli.stores import Stores, open_stores
from dropship_pipeline.cli.terminal import AsJson, Columns, plain_errors, say, show_json, show_table
from dropship_pipeline.collection.costs import Prices, Spending, at_most
from dropship_pipeline.collection.forecast import History, Share, forecast, spending
from dropship_pipeline.collection.resuming import resumed_settings
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.settings import JobSettings
from dropship_pipeline.models import PROVIDERS, Provider
from dropship_pipeline.storage.answered import Answered, answered

_SHORT = ": the run may end as stopped, reason budget, before it is done"
_COLUMNS: Columns = {
    "provider": "left",
    "calls": "right",
    "credits": "right",
    "minutes": "right",
    "credits from": "left",
}


def forecast_run(
    config: Annotated[Path | None, typer.Option("-c", "--config", help="Run configuration (YAML).")] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RUN", help="A run to go on with, in place of a configuration.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print the calls, credits, money and time that a run is expected to take; nothing is asked or paid."""
    with plain_errors(), open_stores() as stores:
        if (config is None) == (resume is None):
            raise RequestInvalid("Name a configuration with -c, or a run to go on with by --resume")
        if resume is None:
            assert config is not None  # noqa: S101  (one of both is given)
            settings, spent = read_config(config), 0
            require_known_categories(stores, settings)
            shares = expected(stores, settings)
        else:
            run = resumable_run(stores, resume)
            settings, spent = resumed_settings(run), stores.reports.jobs([run.job_id])[run.job_id].credits_used
            shares = expected(stores, settings, answered(stores.database, stores.settings.org, run.job_id))
        total = spending(shares, stores.settings.credit_prices)
        budget = getattr(settings, "max_credits", None)
        if as_json:
            told = {"providers": shares, "credits": total.total, "cost": total.whole, "max_credits": budget}
            show_json(told)
            return
        _show(shares, total, stores.settings.credit_prices)
        if budget is not None:
            say(_of_budget(budget, spent, total, stores.settings.credit_prices))


def expected(stores: Stores, settings: JobSettings, known: Answered | None = None) -> dict[Provider, Share]:
    """The forecast by provider, without what is known already."""
    quotas = {provider: stores.settings.quota(provider) for provider in PROVIDERS}
    return forecast(settings, History(stores.reports.credits_per_call()), quotas, known)


def _show(shares: Mapping[Provider, Share], total: Spending, prices: Prices) -> None:
    columns: Columns = {**_COLUMNS, **({"money": "right"} if prices else {})}
    rows = [
        (
            provider, share.calls, share.credits, f"{share.seconds / 60:.1f}",
            "earlier calls" if share.from_history else "the usual price",
            *([total.money.get(provider)] if prices else []),
        )
        for provider, share in shares.items()
    ]  # fmt: skip
    show_table(columns, rows)
    say(f"At most about {total}; a job that is resumed pays only for what is missing")


def _of_budget(budget: int, spent: int, total: Spending, prices: Prices) -> str:
    money = at_most(budget, prices)
    most = f" ({money} at most)" if money else ""
    gone = f", of which {spent} are spent" if spent else ""
    return f"max_credits is {budget}{most}{gone}" + (_SHORT if budget - spent < total.total else "")
