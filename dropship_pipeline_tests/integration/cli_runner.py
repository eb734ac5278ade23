"""`dropship …` in this process on a real database, and the rows that its commands show."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update
from typer.testing import CliRunner, Result

from dropship_pipeline.cli.app import app
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_items, collection_runs, orgs, sellers
from dropship_pipeline.storage.runs.records import RunRecords

MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
# What a terminal would obey: a colour, the title of its window, an 8-bit control sequence, a cursor movement.
ESCAPES = "\x1b[31m\x1b]0;owned\x07\x9b2J\r"
REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "dropship_pipeline.cli")


@dataclass
class Cli:
    """A folder of its own, without any setting but the database."""

    environment: Mapping[str, str]

    def __call__(self, *arguments: str, **environment: str) -> Result:
        return CliRunner(env={**self.environment, **environment}).invoke(app, arguments)

    @property
    def process_environment(self) -> dict[str, str]:
        """What a process needs to run `COMMAND` in the same folder."""
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), **self.environment}

    def refused(self, *arguments: str, **environment: str) -> str:
        """Expects one sentence on stderr and nothing on stdout; returns the sentence."""
        result = self(*arguments, **environment)
        assert (result.exit_code, result.stdout) == (1, "")
        (line,) = result.stderr.splitlines()
        assert line.startswith("dropship: ")
        return line.removeprefix("dropship: ")


def open_cli(database_url: str, folder: Path, patch: pytest.MonkeyPatch) -> Cli:
    """The command line in `folder`, free of the settings of whoever runs the tests."""
    for name in os.environ:
        if name.startswith(("DROPSHIP_", "RAINFOREST_", "SCRAPERAPI_", "DAGSTER_")):
            patch.delenv(name)
    patch.chdir(folder)
    return Cli({"DROPSHIP_DATABASE_URL": database_url, "DROPSHIP_HOME": str(folder / "home")})


def add_run(records: RunRecords, dagster_run_id: str, job_id: str = "job", **columns: Any) -> int:
    """A record with these columns; returns its number."""
    run_id = records.register(
        dagster_run_id, job_id=job_id, job_name="collect_sellers", config={}, total=0, sandbox=False
    ).run_id
    if columns:
        with records._database.begin() as connection:
            connection.execute(update(collection_runs).where(collection_runs.c.id == run_id).values(columns))
    return run_id


def add_seller(database: Database, name: str, org_id: str = "default", **columns: Any) -> int:
    """A seller; returns its number."""
    row = {
        "org_id": org_id, "seller_name": name, "seller_name_normalized": name.lower(),
        "first_seen_at": MOMENT, "last_seen_at": MOMENT, "collection_count": 1, "first_job_id": "job", **columns,
    }  # fmt: skip
    with database.begin() as connection:
        if org_id != "default":
            connection.execute(insert(orgs).values(id=org_id))
        seller_id: int = connection.execute(insert(sellers).values(row).returning(sellers.c.id)).scalar_one()
    return seller_id


def add_item(database: Database, run_id: int, seller_id: int, asin: str, item_id: str) -> None:
    """A listing that led to a seller."""
    row = {
        "job_id": "job", "asin": asin, "item_id": item_id, "org_id": "default", "run_id": run_id,
        "seller_id": seller_id, "position": 1, "title": "Lamp", "url": "https://www.ebay.com/itm/1",
    }  # fmt: skip
    with database.begin() as connection:
        connection.execute(insert(collection_items).values(row))
