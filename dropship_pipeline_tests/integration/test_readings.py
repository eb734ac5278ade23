"""What could not be read is said wherever a run is looked at, once for each search, however often the job resumes."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert

from dropship_pipeline.models import Reading
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import list_outcomes
from dropship_pipeline.storage.runs.readings import Readings, reading_columns
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.market import Answer, Seen
from dropship_pipeline_tests.blackbox.planted import BESTS, CATEGORIES, SellerMarket, offers
from dropship_pipeline_tests.blackbox.runs import Finished, World, open_world
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.api_client import client_of, fake_app, make_token
from dropship_pipeline_tests.integration.cli_runner import add_run, open_cli
from dropship_pipeline_tests.integration.found_rows import add_outcome

WHOLE = Reading(pages=1, rows=60)
PART = Reading(pages=1, rows=60, skipped={"no_id": 20, "no_title": 5}, notices={"unknown": 1}, pages_in_part=1)
SENTENCE = (
    "1 of 3 eBay searches were read in part; of 120 rows, lost are: 20 rows without a number or link of its own, "
    "5 rows without a title. 1 notice between its rows with words that are not known"
)


@pytest.fixture
def run_id(database: Database, records: RunRecords) -> int:
    """A run with three searches, one of them read in part and one failed."""
    number = add_run(records, "d1", status="completed")
    add_outcome(database, number, "a", WHOLE)
    add_outcome(database, number, "b", PART)
    add_outcome(database, number, "c", Reading(), state="failed")
    return number


def test_each_search_counts_once_and_rows_add_up_by_reason(database: Database, run_id: int) -> None:
    (found,) = Readings(database, "default").of_job("job")
    assert (found.number, found.failed, found.in_part, found.without_seller) == (3, 1, 1, 0)
    assert found.reading == WHOLE + PART
    assert found.sentence == SENTENCE
    assert Readings(database, "default").of_run(run_id) == [found]
    assert Readings(database, "other").of_job("job") == []


def test_searches_of_a_release_that_noted_no_reading_are_not_called_read_whole(
    database: Database, records: RunRecords
) -> None:
    run_id = add_run(records, "d1")
    add_outcome(database, run_id, "old", None)
    assert Readings(database, "default").of_run(run_id) == []


def test_lists_and_searches_are_counted_apart(database: Database, run_id: int) -> None:
    row = {"job_id": "job", "list": "l", "org_id": "default", "run_id": run_id, "state": "found"}
    with database.begin() as connection:
        connection.execute(insert(list_outcomes).values({**row, "reading": reading_columns(PART)["reading"]}))
    lists, searches = Readings(database, "default").of_job("job")
    assert [(lists.name, lists.number), (searches.name, searches.number)] == [("Amazon lists", 1), ("eBay searches", 3)]


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    app, _ = fake_app(database_url)
    async with client_of(app, make_token(app)) as opened:
        yield opened
    app.state.services.close()


async def test_the_api_says_it_of_one_run_and_in_the_list(client: httpx.AsyncClient, run_id: int) -> None:
    whole = (await client.get(f"/api/collection/status/{run_id}")).json()["readings"]
    assert whole == [
        {
            "platform": "ebay", "asked": "search", "number": 3, "in_part": 1, "without_seller": 0, "rows": 120,
            "skipped": {"no_id": 20, "no_title": 5}, "without_price": 0, "notices": {"unknown": 1},
            "sentence": SENTENCE,
        }
    ]  # fmt: skip
    assert [run["readings"] for run in (await client.get("/api/collection/runs")).json()["runs"]] == [whole]


def test_the_command_line_says_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_id: int
) -> None:
    shown = open_cli(database_url, tmp_path, monkeypatch)("status", str(run_id)).stdout
    assert f"not read     {SENTENCE}\n" in shown


# A marketplace whose pages lose rows: by product, what becomes of its page.
LOST = 8
CARD = '<li class="s-card" data-listingid="93000000{:04}"><div class="n3w">Lamp</div></li>'
NOTICE = '<li class="srp-river-answer"><span>Words that no reader has met</span></li>'


def with_lost_rows(market: SellerMarket, seen: Seen, number: int | None) -> Answer:
    page = market.search(seen, number)
    more = NOTICE + "".join(CARD.format((number or 0) * 10 + place) for place in range(LOST))
    return replace(page, body=page.body.replace(b"</ul>", more.encode() + b"</ul>"))


PARTS: Mapping[str, range] = {"few": range(1, 4), "many": range(1, 13)}


@pytest.fixture(scope="module", params=PARTS)
def ended(
    request: pytest.FixtureRequest, stack: LocalServers, _migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[World, range, list[Finished]]]:  # fmt: skip
    """A run on such a marketplace, and the same job once more."""
    name = f"lost{request.param}"
    market = SellerMarket()
    parts = PARTS[request.param]
    market.spoil = lambda seen, number: with_lost_rows(market, seen, number) if number in parts else None
    with open_world(name, stack, _migrated_template, tmp_path_factory.mktemp(name), market=market) as world:
        config = {"categories": list(CATEGORIES), "job_id": name}
        yield world, parts, [world.execute(turn, config, "collect_sellers") for turn in ("one", "two")]


def test_a_page_that_loses_rows_marks_its_search_and_the_run_where_many_do(
    ended: tuple[World, range, list[Finished]],
) -> None:
    world, parts, runs = ended
    assert [run.exit_code for run in runs] == [0, 0], runs[0].stderr[-3000:]
    kept = {row["query"]: row for row in rows(world.database_url, "SELECT * FROM query_outcomes")}
    for number, best in BESTS.items():
        row, listed = kept[best.asin], len(offers(number))
        assert row["reading"]["rows"] == listed + row["skipped_rows"]
        assert row["reading"]["skipped"] == ({"no_title": LOST} if number in parts else {})
        assert row["reading"]["notices"] == ({"unknown": 1} if number in parts else {})
        assert row["reading"]["pages_in_part"] == (number in parts)
    records = rows(world.database_url, "SELECT status, error_message FROM collection_runs ORDER BY id")
    for record in records:
        if len(parts) > len(BESTS) / 5:
            assert record["status"] == "degraded"
            assert record["error_message"].startswith(f"{len(parts)} of 40 eBay searches were read in part, so what")
        else:
            assert record == {"status": "completed", "error_message": None}


def test_a_resumed_job_whose_answers_are_replayed_counts_the_same(ended: tuple[World, range, list[Finished]]) -> None:
    _, parts, runs = ended
    summaries = [run.metadata["seller_summary"] for run in runs]
    read = [{name: value for name, value in one.items() if name.startswith(("search_", "list_"))} for one in summaries]
    assert read[0] == read[1]
    assert read[0]["search_read_in_part"] == len(parts)
    assert read[0]["search_skipped_no_title"] == LOST * len(parts)
    assert read[0]["search_notices_unknown"] == len(parts)
    assert (read[0]["list_rows"], read[0]["list_read_in_part"]) == (sum(map(len, CATEGORIES.values())), 0)
