"""The monthly sensor under a real daemon that is killed in the middle of launching: each month runs exactly once."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from dropship_pipeline.localstack.postgres import DAGSTER_DATABASE
from dropship_pipeline.localstack.processes import wait_until
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.schedules import Schedules
from dropship_pipeline_tests.integration.test_stack_supervisor import READY, Up

pytestmark = pytest.mark.soak

CONFIG = {"queries": ["desk lamp"], "top_amz": 1, "top_ebay": 1}
# A tick a minute; what a busy machine adds.
TICK_S, PATIENCE_S = 60, 120
DUE, FUTURE = ("late", "now", "here"), "early"


class LiveStack:
    """A stack with its daemon, and what its two databases hold."""

    def __init__(self, up: Up) -> None:
        self.up = up
        wait_until(lambda: self.database_url is not None, PATIENCE_S)

    @property
    def database_url(self) -> str | None:
        if not (self.up.home / "stack.json").exists():
            return None
        return str(self.up.stack()["settings"].get("DROPSHIP_DATABASE_URL") or "") or None

    @property
    def _dagster_url(self) -> str:
        return f"{str(self.database_url).rpartition('/')[0]}/{DAGSTER_DATABASE}"

    def of_dagster(self, query: str) -> list[tuple[Any, ...]]:
        return _rows(self._dagster_url, query)

    def of_project(self, query: str) -> list[tuple[Any, ...]]:
        return _rows(str(self.database_url), query)

    def schedule(self, org: str, due: datetime) -> None:
        """Turn a schedule on that is due at the hour of this local time."""
        with closing(Database(str(self.database_url))) as database:
            Schedules(database, org).save(
                {
                    "enabled": True, "day_of_month": due.day, "hour": due.hour, "timezone": str(due.tzinfo),
                    "job_name": "collect_and_store", "config": CONFIG,
                }
            )  # fmt: skip

    def runs(self) -> Counter[str]:
        """How many runs Dagster has, by org."""
        # Not from `run_tags`: of a run that was being made when the daemon was killed, Dagster's index lacks the tags.
        tags = self.of_dagster("SELECT run_body::json -> 'tags' ->> 'dropship/org' FROM runs")
        return Counter(org for (org,) in tags)

    def ticks(self) -> int:
        """How many looks of the sensor have ended."""
        ended = self.of_dagster(
            "SELECT count(*) FROM job_ticks WHERE status <> 'STARTED' AND tick_body LIKE '%monthly_collection_sensor%'"
        )
        return int(ended[0][0])

    def kill_daemon_while_launching(self) -> int:
        """kill -9 of the daemon as soon as the first run is made; returns how many of them there were then."""
        deadline = time.monotonic() + PATIENCE_S
        with psycopg.connect(self._dagster_url, autocommit=True) as connection:
            while not (made := connection.execute("SELECT run_id FROM runs").fetchall()):
                assert time.monotonic() < deadline, self.up.home.joinpath("logs/dagster-daemon.log").read_text()[-3000:]
                time.sleep(0.001)
            os.kill(self.up.stack()["processes"]["dagster-daemon"]["pid"], signal.SIGKILL)
        return len(made)


def _rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def _future(now: datetime) -> datetime:
    """A moment two hours ahead, in a timezone in which that is still the same month."""
    zones = [ZoneInfo(name) for name in ("UTC", "Etc/GMT+12")]
    moments = [(now + timedelta(hours=2)).astimezone(zone) for zone in zones]
    return next(moment for moment in moments if moment.month == now.astimezone(moment.tzinfo).month)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveStack]:
    with closing(Up(tmp_path / "home")) as up:
        yield LiveStack(up)


def test_a_daemon_killed_between_tick_and_launch_still_starts_each_due_month_once_and_no_other(live: LiveStack) -> None:
    now = utc_now()
    live.schedule(FUTURE, _future(now))
    live.schedule("late", now.astimezone(ZoneInfo("UTC")).replace(day=1, hour=0))
    live.schedule("now", now.astimezone(ZoneInfo("Asia/Kathmandu")))
    live.schedule("here", now.astimezone(ZoneInfo("America/New_York")))
    live.up.wait_for(READY)

    # The tick has asked for three runs; of these one is made, and is launched or not, and two are not made yet.
    assert live.kill_daemon_while_launching() < len(DUE)

    every = "SELECT org_id, status FROM collection_runs WHERE status IN ('completed', 'degraded') ORDER BY org_id"
    assert wait_until(lambda: len(live.of_project(every)) >= len(DUE), 5 * PATIENCE_S), live.of_dagster(
        "SELECT status, create_timestamp FROM runs"
    )
    before = live.ticks()
    assert wait_until(lambda: live.ticks() > before, TICK_S + PATIENCE_S)
    assert live.runs() == Counter(DUE)
    assert live.of_project(every) == [(org, "completed") for org in sorted(DUE)]
    assert live.of_project("SELECT DISTINCT org_id FROM products ORDER BY 1") == [(org,) for org in sorted(DUE)]
