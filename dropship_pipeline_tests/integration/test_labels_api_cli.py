"""What a person says of a match, through the API and the command line, and as pairs that the matcher learns from."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, update

from dropship_pipeline.models import Money
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_items, job_products
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.api_client import client_of, make_token
from dropship_pipeline_tests.integration.cli_runner import Cli, open_cli
from dropship_pipeline_tests.integration.labelled_shop import ANNA, BO, Shop
from dropship_pipeline_tests.match_eval.pairs import read_folder


@pytest.fixture
def shop(database: Database, records: RunRecords) -> Shop:
    return Shop(database, records)


@pytest.fixture
def cli(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return open_cli(database_url, tmp_path, monkeypatch)


@pytest.fixture
async def reviewer(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, make_token(app, "collection.review")) as client:
        yield client


async def test_the_api_says_it_shows_it_and_takes_it_back(shop: Shop, reviewer: httpx.AsyncClient) -> None:
    path = f"/api/collection/sellers/{shop.id}/matches/A3/reject"
    said = (await reviewer.put(f"{path}/label", json={"is_match": True})).raise_for_status().json()
    assert (said["band"], said["match"]["band"]) == ("accept", "reject")
    assert (said["label"]["is_match"], said["label"]["by"]) == (True, "test")
    assert (await reviewer.get(path)).json()["item"] == said
    listed = (await reviewer.get("/api/collection/sellers")).json()["sellers"][0]
    assert (listed["products"], listed["accepted"]) == (2, 2)
    undone = (await reviewer.post("/api/collection/sellers/marks/undo")).json()
    assert undone["seller_ids"] == [shop.id]
    assert (await reviewer.get(path)).json()["item"]["label"] is None
    await reviewer.put(f"{path}/label", json={"is_match": False})
    taken_back = (await reviewer.put(f"{path}/label", json={"is_match": None})).raise_for_status().json()
    assert (taken_back["label"], taken_back["band"]) == (None, "reject")


async def test_only_who_may_review_can_say_it_and_only_of_a_match_that_there_is(
    app: FastAPI, shop: Shop, reviewer: httpx.AsyncClient
) -> None:
    path = f"/api/collection/sellers/{shop.id}/matches/A3/reject/label"
    async with client_of(app, make_token(app, "collection.read", "collection.run")) as looker:
        refused = await looker.put(path, json={"is_match": True})
    assert (refused.status_code, "collection.review" in refused.json()["detail"]) == (403, True)
    assert (await reviewer.put(path.replace("A3", "A9"), json={"is_match": True})).status_code == 404
    for body in ({}, {"is_match": "yes"}, {"is_match": 1}, {"is_match": True, "by": "me"}):
        assert (await reviewer.put(path, json=body)).status_code == 422


async def test_what_was_said_is_exported_as_pairs_that_the_matcher_learns_from(
    shop: Shop, reviewer: httpx.AsyncClient, cli: Cli, tmp_path: Path
) -> None:
    with shop.database.begin() as connection:
        title = '=Lampe „Licht", 2er\nSet'
        connection.execute(update(collection_items).where(collection_items.c.asin == "A2").values(title=title))
    shop.says(ANNA).say(shop.id, "A3", "reject", is_match=True)
    shop.says(BO).say(shop.id, "A2", "review", is_match=False)
    shop.says(BO).say(shop.id, "A1", "accept", is_match=False)
    shop.says(BO).undo()
    document = (await reviewer.get("/api/collection/labels/export")).raise_for_status().content
    assert cli("export", "labels").stdout_bytes == document
    rows = list(csv.DictReader(io.StringIO(document.decode(), newline="")))
    assert [(row["asin"], row["match"], row["labelled_by"]) for row in rows] == [("A2", "0", BO), ("A3", "1", ANNA)]
    file = tmp_path / "said.csv"
    file.write_bytes(document)
    (read,) = read_folder(file)
    assert read.may_teach
    assert [(pair.title_a, pair.match) for pair in read.pairs] == [("Lamp A2", False), ("Lamp A3", True)]
    assert {(pair.price_a, pair.price_b) for pair in read.pairs} == {(Money(2_000, "USD"), Money(2_150, "USD"))}
    assert "Lampe" in read.pairs[0].title_b


def test_what_was_said_is_exported_also_when_the_runs_that_found_it_are_gone(shop: Shop, cli: Cli) -> None:
    shop.says().say(shop.id, "A3", "reject", is_match=True)
    with shop.database.begin() as connection:
        connection.execute(delete(collection_items))
        connection.execute(delete(job_products))
    assert "Lamp A3" in cli("export", "labels").stdout


def test_why_says_who_said_what_and_what_the_matcher_judged(shop: Shop, cli: Cli) -> None:
    shop.says().say(shop.id, "A3", "reject", is_match=True)
    printed = cli("why", "shop").stdout
    assert "anna says: match" in printed
    assert "without that rejected, 3%, by matcher 1" in printed


def test_the_command_line_takes_back_a_word_of_its_own_name_alone(shop: Shop, cli: Cli) -> None:
    shop.says().say(shop.id, "A3", "reject", is_match=True)
    assert cli("mark", "--undo").stdout == "Marks of 0 sellers are different now\n"
    assert shop.bands()["reject"] == "accept"
