"""From a seller to a match, the search that found it, and the answer that was paid for; as a file, never as a page."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from dropship_pipeline.models import ApiAnswer, ApiRequest
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import api_calls
from dropship_pipeline.storage.ledger import JobLedger
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.api_client import app_with_objects, client_of, make_token
from dropship_pipeline_tests.integration.cli_runner import ESCAPES, Cli, add_run, add_seller, open_cli
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing

ITEM = "900000000001"
SCRIPT = b"<html><script>window.hit = 1</script><ul><li class=s-card data-listingid=900000000001>Lamp</li></ul></html>"
REQUEST = ApiRequest(
    "scraperapi",
    "/",
    {
        "url": "https://www.ebay.com/sch/i.html?_nkw=desk+lamp%2C+oak&_sop=12&LH_ItemCondition=1000&LH_FS=1"
        "&_udlo=16.00&_udhi=24.00&_dmd=1&_ipg=60&_pgn=2",
        "country_code": "us",
    },
)
MATCH: dict[str, Any] = {
    "match_probability": 0.93, "match_band": "accept", "matcher_version": "1.3",
    "match_reasons": [{"name": "colour", "effect": "supports", "sentence": "The same colour: oak."}],
}  # fmt: skip


@pytest.fixture
async def app(stack: LocalServers, database_url: str, bucket: str) -> AsyncIterator[FastAPI]:
    async with app_with_objects(stack, database_url, bucket) as made:
        yield made


@pytest.fixture
async def found(database: Database, objects: ObjectStore, records: RunRecords) -> str:
    """A seller with one listing whose call is settled and whose answer is kept; the path of its match."""
    run_id, seller_id = add_run(records, "d1"), add_seller(database, "s")
    add_job_product(database)
    add_listing(database, run_id, seller_id, item_id=ITEM, call_fingerprint=REQUEST.fingerprint, **MATCH)
    ledger = JobLedger(database, objects, org_id="default", job_id="job", run_id=run_id)
    await ledger.reserve(REQUEST, 5)
    await ledger.settle(REQUEST, ApiAnswer(200, {}, SCRIPT), credits=10, attempts=2)
    return f"/api/collection/sellers/{seller_id}/matches/A1/{ITEM}"


def change_call(database: Database, **columns: Any) -> None:
    with database.begin() as connection:
        connection.execute(update(api_calls).values(columns))


async def test_a_match_tells_its_reasons_its_search_and_what_it_cost(found: str, reader: httpx.AsyncClient) -> None:
    told = (await reader.get(found)).raise_for_status().json()
    assert told["search"] == {
        "words": "desk lamp, oak", "page": 2, "url": REQUEST.params["url"],
        "filters": ["best match first", "new only", "free shipping", "price from 16.00", "price up to 24.00"],
    }  # fmt: skip
    call = told["call"]
    assert (call["state"], call["credits"], call["credits_estimated"], call["attempts"]) == ("settled", 10, False, 2)
    assert (call["http_status"], call["error"], call["provider"]) == (200, None, "scraperapi")
    assert call["asked_at"] <= call["answered_at"]
    assert told["item"]["match"]["reasons"] == MATCH["match_reasons"]
    assert (await reader.get(call["answer"])).content == SCRIPT


async def test_an_answer_is_a_file_that_no_browser_shows_as_a_page_of_ours(
    found: str, reader: httpx.AsyncClient
) -> None:
    answer = await reader.get(f"{found}/answer")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-store"


async def test_what_another_org_found_is_not_there(app: FastAPI, found: str) -> None:
    async with client_of(app, make_token(app, "admin.*", org="other")) as stranger:
        assert (await stranger.get(found)).status_code == 404
        assert (await stranger.get(f"{found}/answer")).status_code == 404


@pytest.mark.parametrize("path", ["{}0", "{}?job_id=another", "{}?job_id=%00", "{}%FF"])
async def test_a_match_that_there_is_not_is_404(found: str, reader: httpx.AsyncClient, path: str) -> None:
    assert (await reader.get(path.format(found))).status_code == 404


async def test_a_pruned_answer_is_gone_and_the_match_stays(
    found: str, reader: httpx.AsyncClient, database: Database
) -> None:
    change_call(database, raw_key=None)
    assert (await reader.get(found)).json()["call"]["answer"] is None
    gone = await reader.get(f"{found}/answer")
    assert (gone.status_code, gone.headers["content-type"]) == (410, "application/problem+json")
    assert "pruned" in gone.json()["detail"]


async def test_a_lost_object_is_gone(found: str, reader: httpx.AsyncClient, objects: ObjectStore) -> None:
    objects.delete_all([f"raw/scraperapi/job/{REQUEST.fingerprint}.json.gz"])
    gone = await reader.get(f"{found}/answer")
    assert (gone.status_code, "restored backup" in gone.text) == (410, True)


@pytest.mark.parametrize(
    "data",
    [b"", b"<script>", gzip.compress(b"[1]"), gzip.compress(b'{"status": 200}'), gzip.compress(SCRIPT)[:-9]],
    ids=["empty", "no gzip", "no answer", "half an answer", "cut short"],
)
async def test_what_is_not_what_was_kept_is_not_sent(
    found: str, reader: httpx.AsyncClient, objects: ObjectStore, data: bytes
) -> None:
    objects.put(f"raw/scraperapi/job/{REQUEST.fingerprint}.json.gz", data, "application/gzip", {})
    gone = await reader.get(f"{found}/answer")
    assert (gone.status_code, "not the answer that was kept" in gone.text) == (410, True)


@pytest.mark.parametrize(
    "columns",
    [
        {"raw_key": "raw/scraperapi/job-of-another-org/secret.json.gz"},
        {"raw_key": "images/aa/secret.jpg"},
        {"request": {"path": "/", "params": {"url": "https://elsewhere.example/"}}},
    ],
)
async def test_a_changed_row_leads_to_no_other_object(
    found: str, reader: httpx.AsyncClient, database: Database, columns: dict[str, Any]
) -> None:
    change_call(database, **columns)
    assert (await reader.get(f"{found}/answer")).status_code == 410


async def test_a_listing_of_an_earlier_release_says_that_its_call_was_not_noted(
    database: Database, records: RunRecords, reader: httpx.AsyncClient
) -> None:
    seller_id = add_seller(database, "old")
    add_listing(database, add_run(records, "d1"), seller_id, item_id=ITEM)
    path = f"/api/collection/sellers/{seller_id}/matches/A1/{ITEM}"
    told = (await reader.get(path)).raise_for_status().json()
    assert (told["call"], told["search"], told["item"]["match"]) == (None, None, None)
    assert "did not note the call" in (await reader.get(f"{path}/answer")).json()["detail"]


@pytest.fixture
def cli(stack: LocalServers, bucket: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    opened = open_cli(database_url, tmp_path, monkeypatch)
    s3 = {
        "DROPSHIP_S3_ENDPOINT_URL": stack.s3_endpoint_url, "DROPSHIP_S3_BUCKET": bucket,
        "AWS_ACCESS_KEY_ID": stack.s3_access_key, "AWS_SECRET_ACCESS_KEY": stack.s3_secret_key,
    }  # fmt: skip
    return Cli({**opened.environment, **s3})


@pytest.mark.parametrize("name", ["S", ITEM])
def test_the_terminal_says_the_same_of_a_seller_and_of_a_listing(cli: Cli, found: str, name: str) -> None:
    told = cli("why", name).stdout
    assert f"Listing {ITEM} for A1: accepted, 93%, by matcher 1.3" in told
    assert "+ The same colour: oak." in told
    assert "'desk lamp, oak'; best match first; new only; free shipping; price from 16.00; price up to 24.00" in told
    assert "settled, 10 credits, 2 attempts; run " in told
    assert f"raw/scraperapi/job/{REQUEST.fingerprint}.json.gz" in told


def test_the_terminal_gives_json_and_the_answer_as_a_file(cli: Cli, found: str, tmp_path: Path) -> None:
    (told,) = json.loads(cli("why", ITEM, "--json", "--answer", str(tmp_path / "answer.html")).stdout)
    assert (told["search"]["words"], told["call"]["credits"], told["item"]["asin"]) == ("desk lamp, oak", 10, "A1")
    match = told["item"]["match"]
    assert (match["band"], {"name", "effect", "sentence"} - match["reasons"][0].keys()) == ("accept", set())
    assert (tmp_path / "answer.html").read_bytes() == SCRIPT


def test_the_terminal_names_what_it_does_not_know(cli: Cli, database: Database) -> None:
    assert cli.refused("why", "123") == "No seller is called '123'"
    add_seller(database, "bare")
    assert cli.refused("why", "bare") == "No listing of 'bare' is kept: the runs that saw it were removed"


def test_a_title_cannot_give_orders_to_the_terminal(cli: Cli, database: Database, records: RunRecords) -> None:
    add_listing(database, add_run(records, "d1"), add_seller(database, "s"), title=f"Lamp{ESCAPES}")
    printed = cli("why", "s").stdout
    assert {character for character in printed if not character.isprintable()} == {"\n"}
