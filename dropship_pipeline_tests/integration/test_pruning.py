"""Pruning takes what is old and unused, and nothing else; what was paid stays written down."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from dropship_pipeline.errors import RunRefused
from dropship_pipeline.models import ApiAnswer, ApiRequest, utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.locks import platform_lock
from dropship_pipeline.storage.database.tables import api_calls
from dropship_pipeline.storage.ledger import JobLedger
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.upkeep import pruning as module
from dropship_pipeline.storage.upkeep.pruning import Pruning
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.cli_runner import add_run, open_cli
from dropship_pipeline_tests.upkeep import Named, bucket_store, image_key, keys_of, put_all

YOUNG = timedelta(days=1)
OLD = timedelta(days=200)


@pytest.fixture
def objects(stack: LocalServers, bucket: str) -> Iterator[ObjectStore]:
    store = bucket_store(stack, bucket)
    yield store
    store.close()


def pruning(database: Database, objects: ObjectStore, *, dry_run: bool = False, ahead: timedelta = -OLD / 2) -> Pruning:
    """By default of what is older than 100 days; `ahead` moves that, since objects are all put just now."""
    return Pruning(database, objects, before=utc_now() + ahead, dry_run=dry_run)


def ago(age: timedelta) -> datetime:
    return utc_now() - age


def test_only_answers_that_were_paid_for_long_ago_go_and_their_credits_stay(
    database: Database, objects: ObjectStore
) -> None:
    named = Named(database)
    old, young = named.answer(1, ago(OLD)), named.answer(2, ago(YOUNG))
    stray = "raw/rainforest/job/stray.json.gz"  # as a kill leaves it: put just now, named by nothing
    put_all(objects, [old, young, stray])
    pruned = pruning(database, objects).answers()
    assert (pruned.objects, pruned.size_bytes) == (1, len(old))
    assert keys_of(objects) == {young, stray}
    with database.begin() as connection:
        rows = connection.execute(select(api_calls.c.raw_key, api_calls.c.credits)).all()
    assert sorted(rows, key=str) == [(young, 1), (None, 1)]


def test_an_old_answer_that_no_row_names_goes_too(database: Database, objects: ObjectStore) -> None:
    put_all(objects, ["raw/rainforest/job/stray.json.gz"])
    pruning(database, objects, ahead=timedelta(hours=1)).answers()
    assert keys_of(objects) == set()


def test_a_job_that_has_not_ended_keeps_its_answers_however_old(
    database: Database, objects: ObjectStore, records: RunRecords
) -> None:
    key = Named(database).answer(1, ago(OLD), job_id="open")
    put_all(objects, [key])
    add_run(records, "dagster-1", job_id="open", status="running")
    assert pruning(database, objects).answers().objects == 0
    assert keys_of(objects) == {key}


async def test_a_job_whose_answer_was_pruned_asks_anew_instead_of_failing(
    database: Database, objects: ObjectStore
) -> None:
    ledger = JobLedger(database, objects, org_id="default", job_id="job")
    request = ApiRequest("rainforest", "/request", {"type": "search"})
    await ledger.reserve(request, 1)
    await ledger.settle(request, ApiAnswer(200, {}, b"{}"), credits=1, attempts=1)
    assert await ledger.reserve(request, 1) is not None
    pruning(database, objects, ahead=timedelta(hours=1)).answers()
    assert await ledger.reserve(request, 1) is None


def test_an_image_that_any_row_names_stays_however_old(database: Database, objects: ObjectStore) -> None:
    named = Named(database)
    kept = {named.image(1, ago(OLD), by_product=True), named.image(2, ago(OLD), by_product=False)}
    put_all(objects, [*kept, image_key(3)])
    assert pruning(database, objects, ahead=timedelta(hours=1)).images().objects == 1
    assert keys_of(objects) == kept


def test_a_young_image_stays_because_its_row_may_be_about_to_be_written(
    database: Database, objects: ObjectStore
) -> None:
    put_all(objects, [image_key(1)])
    assert pruning(database, objects).images().objects == 0
    assert keys_of(objects) == {image_key(1)}


def test_a_dry_run_counts_the_same_and_removes_nothing(database: Database, objects: ObjectStore) -> None:
    put_all(objects, [Named(database).answer(1, ago(OLD)), image_key(1)])
    before = keys_of(objects)
    dry = pruning(database, objects, dry_run=True, ahead=timedelta(hours=1))
    counts = (dry.answers(), dry.images())
    assert keys_of(objects) == before
    wet = pruning(database, objects, ahead=timedelta(hours=1))
    assert (wet.answers(), wet.images()) == counts
    assert keys_of(objects) == set()


def test_no_image_goes_while_a_worker_might_take_it_for_kept(
    database: Database, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_WAIT_S", 0.0)
    put_all(objects, [image_key(1)])
    with platform_lock(database, "default", "ebay", wait_s=0), pytest.raises(RunRefused):
        pruning(database, objects, ahead=timedelta(hours=1)).images()
    assert keys_of(objects) == {image_key(1)}


def test_the_command_removes_nothing_without_yes_and_refuses_what_is_no_age(
    stack: LocalServers, database_url: str, bucket: str, objects: ObjectStore, database: Database, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    key = Named(database).answer(1, ago(OLD))
    put_all(objects, [key])
    s3 = {
        "DROPSHIP_S3_ENDPOINT_URL": stack.s3_endpoint_url, "DROPSHIP_S3_BUCKET": bucket,
        "AWS_ACCESS_KEY_ID": stack.s3_access_key, "AWS_SECRET_ACCESS_KEY": stack.s3_secret_key,
    }  # fmt: skip
    cli = open_cli(database_url, tmp_path, monkeypatch)
    for age in ("180", "0d", "-1d", "d", "99999d"):
        assert "180d" in cli.refused("prune", f"--older-than={age}", **s3)
    assert "1 objects" in cli("prune", "--older-than", "180d", **s3).stdout
    assert keys_of(objects) == {key}
    assert cli("prune", "--older-than", "180d", "--yes", **s3).exit_code == 0
    assert keys_of(objects) == set()
