"""`dropship demo`: starts the stack, runs `collect_and_store` once on the sandbox marketplace, sums up, and stops.

It never asks a live marketplace, so it never costs anything.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Row, func, select

from dropship_pipeline.errors import SettingsError, StartInterrupted, StorageUnavailable
from dropship_pipeline.jobs.registry import PRODUCTS
from dropship_pipeline.localstack.dagster import DEFINITIONS, dagster_environment
from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline.localstack.marketplace import is_wanted
from dropship_pipeline.localstack.processes import MARK, Child, end_all, marked
from dropship_pipeline.localstack.s3.seaweed import BUCKET
from dropship_pipeline.localstack.supervisor import Supervisor
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.libpq import shell_environment
from dropship_pipeline.storage.database.tables import collection_runs, images, query_outcomes

JOB = PRODUCTS.name
NAME = "demo"
PROGRESS_S = 0.5
GRACE_S = 30.0
LOG_TAIL_LINES = 25

Say = Callable[[str], None]


def run_demo(settings: Settings, config: Path | None, say: Say, progress: Say) -> int:
    """Run the job once on a stack of its own and print a summary.

    Args:
        settings: without any key or base URL.
        config: the run configuration (YAML); None for the job's defaults.
        say: gets lines for a person.
        progress: gets a short line that replaces the one before.

    Returns:
        The exit code of `dagster job execute`.

    Raises:
        SettingsError: a live marketplace is configured, or `config` does not exist.
        StartInterrupted: SIGINT or SIGTERM arrived.
    """
    if not is_wanted(settings):
        raise SettingsError(
            "The demo runs on the sandbox marketplace, but an API key or base URL is set (environment or .env): "
            "unset it for the demo, or start a real run with `dagster job execute`"
        )
    if config is not None and not config.exists():
        raise SettingsError(f"{config} does not exist: name another --config, or none")
    supervisor = Supervisor(settings, ui=False, say=say)
    say(f"Starting PostgreSQL, S3 and the sandbox marketplace in {supervisor.home.path}")
    with supervisor.running():
        database = Database(supervisor.postgres.url())
        say(f"Running {JOB} with {config or 'its defaults'}; its log is {supervisor.home.log(NAME)}")
        try:
            exit_code = _execute(supervisor, config, lambda: progress(_progress(database)))
            progress("")
            if exit_code != 0:
                say(_tail(supervisor.home.log(NAME)))
            for line in _summary(database, supervisor.home):
                say(line)
        finally:
            database.close()
    say("Everything is stopped; `dropship up` starts it again with the same data.")
    return exit_code


def _execute(supervisor: Supervisor, config: Path | None, tick: Callable[[], None]) -> int:
    home = supervisor.home
    home.log(NAME).unlink(missing_ok=True)
    mark = f"{home.path}:{NAME}"
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", DEFINITIONS, "-j", JOB]
    child = Child(
        command if config is None else [*command, "-c", str(config)],
        log=home.log(NAME),
        cwd=Path.cwd(),
        # Its stores are this stack's, whatever others the environment or .env names.
        environment={**shell_environment(), **home.state.settings, **dagster_environment(home), MARK: mark},
    )
    try:
        while (code := child.exit_code()) is None:
            if supervisor.stop_asked():
                raise StartInterrupted
            supervisor.look_after()
            tick()
            time.sleep(PROGRESS_S)
    finally:
        child.stop(GRACE_S)
        end_all(marked(mark), child.end_signal, GRACE_S)
    return code


def _progress(database: Database) -> str:
    try:
        with database.begin() as connection:
            status = connection.execute(
                select(collection_runs.c.status).order_by(collection_runs.c.id.desc()).limit(1)
            ).scalar()
            stored = connection.execute(select(func.count()).select_from(images)).scalar()
    except StorageUnavailable:
        return "waiting for PostgreSQL"
    return f"{status or 'starting'}: {stored} images so far"


def _summary(database: Database, home: StackHome) -> list[str]:
    with database.begin() as connection:
        run = connection.execute(select(collection_runs).order_by(collection_runs.c.id.desc()).limit(1)).first()
        if run is None:
            return ["The run ended before it was recorded."]
        of_run = query_outcomes.c.job_id == run.job_id
        platforms = connection.execute(_by_platform.where(of_run)).all()
        image_count = connection.execute(select(func.count(images.c.sha256.distinct()))).scalar_one()
    return [
        f"Run {run.status}" + (" on sandbox data" if run.sandbox else "") + _reason(run),
        "  platform   queries  returned  stored  without image  failed  credits",
        *(_line(row) for row in platforms),
        f"Images   {image_count} objects under images/ in bucket {BUCKET}, kept in {home.path / 's3'}",
        f"Rows     tables products, query_outcomes, … in database dropship, kept in {home.path / 'postgres'}",
        f"Dagster  run {run.dagster_run_id}, in database dagster of the same server; `dropship up` shows it",
    ]


_by_platform = (
    select(
        query_outcomes.c.platform,
        func.count().label("queries"),
        func.sum(query_outcomes.c.returned).label("returned"),
        func.sum(query_outcomes.c.stored).label("stored"),
        func.sum(query_outcomes.c.without_image).label("without_image"),
        func.sum(query_outcomes.c.collect_errors + query_outcomes.c.store_errors).label("failed"),
        func.sum(query_outcomes.c.credits).label("credits"),
    )
    .group_by(query_outcomes.c.platform)
    .order_by(query_outcomes.c.platform)
)


def _line(row: "Row[tuple[str, int, int, int, int, int, int]]") -> str:
    return (
        f"  {row.platform:<9}{row.queries:>9}{row.returned:>10}{row.stored:>8}"
        f"{row.without_image:>15}{row.failed:>8}{row.credits:>9}"
    )


def _reason(run: "Row[tuple[object, ...]]") -> str:
    return f": {run.error_message}" if run.error_message else ""


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(["The run failed; the end of its log:", *lines[-LOG_TAIL_LINES:]])
