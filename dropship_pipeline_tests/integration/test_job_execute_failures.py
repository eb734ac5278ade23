"""Failures of every kind, by `dagster job execute`: each costs one query or one product, and no key is left anywhere.

The runs of this module share one database, bucket and pair of home folders; the search for keys comes last.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any
from urllib.parse import quote

import boto3
import psycopg
import pytest

from dropship_pipeline_tests.blackbox import cards
from dropship_pipeline_tests.blackbox.evidence import database, files, hits, objects, rows, stored, unpacked
from dropship_pipeline_tests.blackbox.faults import Case, amazon_cases, ebay_cases
from dropship_pipeline_tests.blackbox.goods import amazon_kept, amazon_row, ebay_kept, ebay_row, served
from dropship_pipeline_tests.blackbox.market import Answer, Platform
from dropship_pipeline_tests.blackbox.runs import RAINFOREST_KEY, SCRAPERAPI_KEY, Finished, World, open_world
from dropship_pipeline_tests.blackbox.wire import plain, rainforest, rainforest_failure, structured
from dropship_pipeline_tests.conftest import LocalServers

PLATFORMS: tuple[Platform, Platform] = ("amazon", "ebay")
KEPT = {
    "amazon": {
        "B0SIM00102": amazon_kept("B0SIM00102", "Product without picture", 505, None),
        "B0SIM00103": amazon_kept("B0SIM00103", "Later product", None, None),
        "B0SIM00104": amazon_kept("B0SIM00104", "Last product", None, None),
    },
    "ebay": {
        **cards.KEPT,
        "900000000108": ebay_kept(900000000108, "Another Lamp", 800, None, shipping_cents=0),
    },
}
# Another Lamp answers three queries.
STORED = {"amazon": 3, "ebay": 8}
LOST = {"amazon": ["B0SIM00101"], "ebay": ["900000000105"]}
ECHO = f"your key {RAINFOREST_KEY} ({quote(RAINFOREST_KEY, safe='')}) is not known"
SCRAPER_ECHO = f"credits used up: ?api_key={quote(SCRAPERAPI_KEY, safe='')} {SCRAPERAPI_KEY}"
REFUSALS: Mapping[str, tuple[Platform, Answer, str]] = {
    "unknown": ("amazon", rainforest_failure(ECHO, status=401), r"Rainforest refused the API key .*RAINFOREST_API_KEY"),
    "unpaid": ("amazon", rainforest_failure(ECHO, status=402), r"Rainforest wants to be paid first .*HTTP 402"),
    "used-up": ("ebay", plain(SCRAPER_ECHO, 403), r"ScraperAPI wants to be paid first .*HTTP 403"),
}
# The query that is refused: late enough for the other worker to have begun on a machine that has much else to do.
REFUSED, MORE = 8, 60


@pytest.fixture(scope="module")
def world(stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("failures")
    with open_world("failures", stack, _migrated_template, folder, dagster_on_postgres=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def cases(world: World) -> Mapping[Platform, Mapping[str, Case]]:
    at = world.market.url
    return {"amazon": amazon_cases(at, RAINFOREST_KEY), "ebay": ebay_cases(at, SCRAPERAPI_KEY)}


@pytest.fixture(scope="module")
def run(world: World, cases: Mapping[Platform, Mapping[str, Case]]) -> Finished:
    """One run in which most queries fail, each in its own way."""
    for platform in PLATFORMS:
        for query, case in cases[platform].items():
            world.market.scripts[platform, query] = case.script
    config = {"queries": list(cases["amazon"]), "top_amz": 20, "top_ebay": 20, "job_id": "faults"}
    return world.execute("faults", config, SCRAPERAPI_EBAY_MODE="page")


ANSWERS: Mapping[Platform, Answer] = {
    "amazon": rainforest([amazon_row("B0SIM00201", "Product")], total_pages=1),
    "ebay": structured([ebay_row(900000000201, "Listing")], next_pages=[]),
}


def plenty(name: str) -> dict[str, Any]:
    """The config of a refused run: one of its queries is refused, and the other platform has enough to do."""
    return {"queries": [f"{name} {number}" for number in range(MORE)], "top_amz": 1, "top_ebay": 1, "job_id": name}


@pytest.fixture(scope="module")
def refused(world: World, run: Finished) -> dict[str, Finished]:
    """Runs at the same time, each in an org of its own, whose key is refused on one platform."""
    world.market.latency_s = 0.25
    launched = {}
    for name, (platform, refusal, _) in REFUSALS.items():
        config = plenty(name)
        for on, query in product(PLATFORMS, config["queries"]):
            world.market.scripts[on, query] = served([ANSWERS[on]])
        world.market.scripts[platform, f"{name} {REFUSED}"] = served([refusal])
        launched[name] = world.start(name, config, DROPSHIP_ORG=name)
    return {name: run.wait() for name, run in launched.items()}


@pytest.fixture(scope="module")
def resumed(world: World, refused: dict[str, Finished]) -> Finished:
    """The first of these runs again, under the same job id, after the key was put right."""
    world.market.latency_s = 0.02
    world.market.scripts["amazon", f"unknown {REFUSED}"] = served([ANSWERS["amazon"]])
    return world.execute("resumed", plenty("unknown"), DROPSHIP_ORG="unknown")


def test_a_run_in_which_queries_fail_still_ends_with_exit_code_0(run: Finished) -> None:
    assert run.exit_code == 0, run.stderr[-3000:]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_failed_query_is_said_once_in_the_exact_form(
    run: Finished, cases: Mapping[Platform, Mapping[str, Case]], platform: Platform
) -> None:
    said = [line.message for line in run.lines(f"[{platform}] Collect failed")]
    failing = [query for query, case in cases[platform].items() if case.fails]
    assert len(said) == len(failing)
    for message, query in zip(said, failing, strict=True):
        assert re.match(rf"\[{platform}\] Collect failed for query='{re.escape(query)}': \S", message)
        assert run.stderr.count(message.splitlines()[0]) == 1


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_lost_product_is_said_once_in_the_exact_form(run: Finished, platform: Platform) -> None:
    said = [line.message for line in run.lines(f"[{platform}] Store failed")]
    assert len(said) == 1
    assert re.match(rf"\[{platform}\] Store failed \(id={LOST[platform][0]}\) for query='fine first': .*404", said[0])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_did_not_fail_is_stored_exactly(world: World, run: Finished, platform: Platform) -> None:
    assert stored(world, platform) == (KEPT[platform], [])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_counts_leave_out_what_failed(
    run: Finished, cases: Mapping[Platform, Mapping[str, Case]], platform: Platform
) -> None:
    assert run.line(f"[{platform}] Worker END").message.endswith(f" count={STORED[platform]}")
    counted = run.metadata["collection_summary"]
    assert counted[f"{platform}_stored"] == STORED[platform]
    assert counted[f"{platform}_collect_errors"] == sum(case.fails for case in cases[platform].values())
    assert counted[f"{platform}_store_errors"] == 1


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_failing_call_is_repeated_only_as_often_as_its_failure_deserves(
    world: World, run: Finished, cases: Mapping[Platform, Mapping[str, Case]], platform: Platform
) -> None:
    asked = [call.query for call in world.market.calls(platform)]
    assert {query: asked.count(query) for query in cases[platform]} == {
        query: case.attempts for query, case in cases[platform].items()
    }


@pytest.mark.parametrize(("platform", "provider"), [("amazon", "rainforest"), ("ebay", "scraperapi")])
def test_the_ledger_books_what_failures_cost(
    world: World, run: Finished, cases: Mapping[Platform, Mapping[str, Case]], platform: Platform, provider: str
) -> None:
    (booked,) = rows(
        world.database_url,
        "SELECT sum(credits) AS credits, sum(attempts) AS attempts, array_agg(DISTINCT state ORDER BY state) AS states "
        "FROM api_calls WHERE job_id = 'faults' AND provider = %s",
        provider,
    )
    calls = [call for call in world.market.calls(platform) if call.query in cases[platform]]
    assert booked["credits"] == sum(call.credits for call in calls)
    assert booked["attempts"] == len(calls)
    assert booked["states"] == ["failed", "settled"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_failure_is_a_row_with_its_query_or_product(
    world: World, run: Finished, cases: Mapping[Platform, Mapping[str, Case]], platform: Platform
) -> None:
    errors = "SELECT * FROM collection_errors WHERE job_id = 'faults' AND platform = %s"
    found = rows(world.database_url, errors, platform)
    collect = {row["query"] for row in found if row["kind"] == "collect"}
    assert collect == {query for query, case in cases[platform].items() if case.fails}
    assert [row["product_id"] for row in found if row["kind"] == "store"] == LOST[platform]


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refused_key_ends_the_run_with_exit_code_1_and_one_sentence(refused: dict[str, Finished], name: str) -> None:
    run, sentence = refused[name], REFUSALS[name][2]
    assert run.exit_code == 1
    assert re.search(rf"Failure: {sentence}", run.stderr)
    # What Dagster prints below the sentence is its own way into our code, no error that lies behind it.
    assert "direct cause" not in run.stderr
    assert "During handling" not in run.stderr
    assert "httpx" not in run.stderr


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refused_key_is_recorded_with_its_sentence(world: World, refused: dict[str, Finished], name: str) -> None:
    (record,) = rows(world.database_url, "SELECT status, error_message FROM collection_runs WHERE job_id = %s", name)
    assert record["status"] == "failed"
    assert re.match(REFUSALS[name][2], record["error_message"])


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refused_key_is_asked_with_once_and_stops_the_sibling(
    world: World, refused: dict[str, Finished], name: str
) -> None:
    refusing = REFUSALS[name][0]
    sibling: Platform = "ebay" if refusing == "amazon" else "amazon"
    asked = {on: [c.query for c in world.market.calls(on) if c.query.startswith(f"{name} ")] for on in PLATFORMS}
    assert asked[refusing] == [f"{name} {number}" for number in range(REFUSED + 1)]
    assert 0 < len(asked[sibling]) < MORE / 2
    assert refused[name].lines(f"[{sibling}] Worker END") == []


def test_a_job_that_goes_on_after_a_refusal_repeats_at_most_the_call_that_was_in_flight(
    world: World, resumed: Finished
) -> None:
    assert resumed.exit_code == 0, resumed.stderr[-3000:]
    # The refused worker had none in flight; the other was stopped in the middle of its work.
    for platform, repeated in zip(PLATFORMS, (0, 1), strict=True):
        paid = [call.query for call in world.market.calls(platform) if call.status == 200]
        mine = [query for query in paid if query.startswith("unknown ")]
        assert set(mine) == set(plenty("unknown")["queries"])
        assert len(mine) - MORE <= repeated
        assert resumed.line(f"[{platform}] Worker END").message.endswith(f" count={MORE}")


def everything(world: World) -> list[tuple[str, bytes]]:
    """Every byte that the runs left: folders, outputs, both databases, the bucket."""
    return [
        *files(world.folder),
        *database(world.database_url),
        *database(dagster_database(world)),
        *unpacked(objects(world)),
    ]


def dagster_database(world: World) -> str:
    return world.database_url.replace("/failures", "/failures_dagster")


def test_no_key_is_left_anywhere_after_failures_of_every_kind(world: World, resumed: Finished) -> None:
    found = hits((RAINFOREST_KEY, SCRAPERAPI_KEY), everything(world))
    assert not found, "\n".join(found)


def test_the_search_for_keys_finds_one_wherever_it_is_planted(world: World, resumed: Finished) -> None:
    planted = "pl+anted/key=1"
    (world.home / "planted.bin").write_bytes(b"\x00\xff" + quote(planted, safe="").encode())
    (world.dagster_home / "planted.db").write_bytes(b"SQLite format 3\x00" + planted.encode())
    for url in (world.database_url, dagster_database(world)):
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE planted AS SELECT jsonb_build_object('url', %s::text) AS body", [planted])
    client = boto3.client(
        "s3", endpoint_url=world.servers.s3_endpoint_url, region_name="us-east-1",
        aws_access_key_id=world.servers.s3_access_key, aws_secret_access_key=world.servers.s3_secret_key,
    )  # fmt: skip
    client.put_object(Bucket=world.bucket, Key="raw/planted.json.gz", Body=gzip.compress(planted.encode()))
    client.close()
    assert sorted(name.rsplit("/", 1)[-1] for name in hits([planted], everything(world))) == [
        "planted.bin", "planted.db", "planted.json.gz", "public.planted", "public.planted",
    ]  # fmt: skip
