"""Pruning and backup at the size of a real home: ten thousand objects, and both stores brought back elsewhere."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from dropship_pipeline.localstack.postgres import binary
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.migrate import upgrade
from dropship_pipeline.storage.upkeep.backup import ACCESS_TABLES
from dropship_pipeline.storage.upkeep.pruning import Pruning
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.soak.kills import Home, control, sandbox
from dropship_pipeline_tests.upkeep import Named, bucket_store, image_key, keys_of, put_all

OBJECTS = 10_000
EVERY_TABLE = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
pytestmark = pytest.mark.soak


@pytest.fixture
def home(stack: LocalServers, database_url: str, bucket: str, tmp_path: Path) -> Iterator[Home]:
    with sandbox(tmp_path) as url:
        yield Home(stack, url, tmp_path, database_url, bucket)


def tables_of(database_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as text."""
    with psycopg.connect(database_url) as connection:
        names = [row[0] for row in connection.execute(EVERY_TABLE)]
        query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1")
        return {name: connection.execute(query.format(sql.Identifier(name))).fetchall() for name in names}


def dropship(home: Home, *arguments: str) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(binary('pg_dump')).parent}:/usr/bin:/bin"
    return subprocess.run(
        [sys.executable, "-m", "dropship_pipeline.cli", *arguments],
        env={**home.environment(), "PATH": path}, cwd=home.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_of_ten_thousand_objects_pruning_removes_only_what_it_said(
    stack: LocalServers, bucket: str, database_url: str
) -> None:
    database, objects = Database(database_url), bucket_store(stack, bucket)
    named, now = Named(database), utc_now()
    kept = {named.answer(n, now - timedelta(days=n % 170)) for n in range(1_000)}
    kept |= {named.image(n, now - timedelta(days=400), by_product=n % 2 == 0) for n in range(1_000)}
    going = {named.answer(n, now - timedelta(days=181 + n)) for n in range(1_000, 2_000)}
    strays = {image_key(n) for n in range(1_000, OBJECTS - 2_000)}
    put_all(objects, kept | going | strays)
    assert len(keys_of(objects)) == OBJECTS

    def pruning(*, dry_run: bool) -> tuple[int, int]:
        answers = Pruning(database, objects, before=now - timedelta(days=180), dry_run=dry_run).answers()
        # The objects are all put just now: a time to come stands for the half year in which nobody named them.
        images = Pruning(database, objects, before=now + timedelta(hours=1), dry_run=dry_run).images()
        return answers.objects, images.objects

    said = pruning(dry_run=True)
    assert said == (len(going), len(strays))
    assert pruning(dry_run=False) == said
    assert keys_of(objects) == kept
    database.close()
    objects.close()


def test_a_backup_restored_elsewhere_has_equal_tables_and_images_and_its_job_pays_nothing_again(
    home: Home, stack: LocalServers, tmp_path: Path
) -> None:
    home.run_to_the_end("job")
    backup = tmp_path / "backup"
    for words in (("backup",), ("backup",)):  # the second one copies nothing anew
        done = dropship(home, *words, str(backup))
        assert done.returncode == 0, done.stderr
    assert "0 of them new" in done.stdout

    (tmp_path / "elsewhere").mkdir()
    elsewhere = Home(stack, home.sandbox_url, tmp_path / "elsewhere", stack.create_database("restored"), "restored")
    upgrade(elsewhere.database_url)
    stack.create_bucket("restored")
    done = dropship(elsewhere, "restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert tables_of(elsewhere.database_url) == {**tables_of(home.database_url), **{key: [] for key in ACCESS_TABLES}}
    assert elsewhere.objects() == home.objects()
    assert sum(key.startswith("images/") for key in home.objects()) > 0

    control(home.sandbox_url, "DELETE")
    elsewhere.run_to_the_end("job")
    counts = control(home.sandbox_url, "GET")
    assert [counts[provider]["charged"] for provider in ("rainforest", "scraperapi")] == [0, 0]
    assert "holds runs already" in dropship(elsewhere, "restore", str(backup)).stderr


def test_half_a_backup_and_a_missing_program_are_each_one_sentence(home: Home, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no whole backup" in dropship(home, "restore", str(tmp_path / "empty")).stderr
    bare = {**home.environment(), "PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "dropship_pipeline.cli", "backup", str(tmp_path / "backup")],
        env=bare, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "pg_dump is not on the PATH" in done.stderr
