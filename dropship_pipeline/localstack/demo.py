"""`dropship demo`: starts the stack, runs both jobs on the sandbox marketplace, shows what they found, and stops.

It never asks a live marketplace, so it never costs anything.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from dropship_pipeline.errors import SettingsError, StartInterrupted, StorageUnavailable
from dropship_pipeline.jobs.launching import run_config
from dropship_pipeline.jobs.registry import PRODUCTS, SELLERS, JobName
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.localstack import demo_report
from dropship_pipeline.localstack.home import JOB_EXECUTE
from dropship_pipeline.localstack.marketplace import is_wanted
from dropship_pipeline.localstack.processes import MARK, Child, end_all, marked
from dropship_pipeline.localstack.supervisor import Supervisor
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.libpq import shell_environment
from dropship_pipeline.storage.database.tables import collection_runs

# Few enough for a demonstration, and enough for some sellers to come up more than once.
BEST_SELLERS = SellersSettings(max_products=20)
# The sandbox marketplace grants any pace: at that of a paid plan the demonstration would wait most of its time.
SANDBOX_QUOTA = {"RAINFOREST_REQUESTS_PER_MINUTE": "1200", "SCRAPERAPI_REQUESTS_PER_MINUTE": "1200"}
PROGRESS_S = 0.5
GRACE_S = 30.0
LOG_TAIL_LINES = 25

Say = Callable[[str], None]


def run_demo(settings: Settings, config: Path | None, say: Say, progress: Say) -> int:
    """Run both jobs once on a stack of their own and print what they found.

    Args:
        settings: without any key or base URL.
        config: the run configuration (YAML) of `collect_and_store`; None for the job's defaults.
        say: gets lines for a person.
        progress: gets a short line that replaces the one before.

    Returns:
        The exit code of the first `dagster job execute` that failed; 0 if none did.

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
        try:
            exit_code = _run_both(supervisor, database, config, say, progress)
            for line in demo_report.whereabouts(database, supervisor.home):
                say(line)
        finally:
            database.close()
    say("Everything is stopped. Next: `make up` starts it again with the same data, a page to look at it, and Dagster.")
    return exit_code


def _run_both(supervisor: Supervisor, database: Database, config: Path | None, say: Say, progress: Say) -> int:
    """Run the jobs one after the other until one fails, each with its report."""
    sellers = supervisor.home.path / "demo-sellers.yaml"
    sellers.write_text(json.dumps(run_config(BEST_SELLERS)), encoding="utf-8")  # JSON is YAML
    for job, file, report in (
        (PRODUCTS.name, config, demo_report.products),
        (SELLERS.name, sellers, demo_report.sellers),
    ):
        say(f"Running {job} with {file or 'its defaults'}; its log is {supervisor.home.log(f'demo-{job}')}")
        exit_code = _execute(supervisor, job, file, lambda: progress(_progress(database)))
        progress("")
        if exit_code != 0:
            say(_tail(supervisor.home.log(f"demo-{job}")))
        for line in report(database):
            say(line)
        if exit_code != 0:
            return exit_code
    return 0


def _execute(supervisor: Supervisor, job: JobName, config: Path | None, tick: Callable[[], None]) -> int:
    home, name = supervisor.home, f"demo-{job}"
    home.log(name).unlink(missing_ok=True)
    mark = f"{home.path}:{name}"
    child = Child(
        [*JOB_EXECUTE, job, *(() if config is None else ("-c", str(config)))],
        log=home.log(name),
        cwd=Path.cwd(),
        # Its stores are this stack's, whatever others the environment or .env names.
        environment={
            **shell_environment(),
            **home.state.settings,
            **SANDBOX_QUOTA,
            **home.dagster_environment(),
            MARK: mark,
        },
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
    """What the newest run does, in a few words."""
    try:
        with database.begin() as connection:
            run = connection.execute(select(collection_runs).order_by(collection_runs.c.id.desc()).limit(1)).first()
    except StorageUnavailable:
        return "waiting for PostgreSQL"
    if run is None or run.completed_at is not None:
        return "Dagster starts"
    if run.phase is None:
        stored = sum(part.get("products", 0) for part in run.progress.values())
        return f"  {stored} products stored"
    return f"  {demo_report.PHASES.get(run.phase, run.phase)} {run.phase_progress} of {run.phase_total}"


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(["The run failed; the end of its log:", *lines[-LOG_TAIL_LINES:]])
