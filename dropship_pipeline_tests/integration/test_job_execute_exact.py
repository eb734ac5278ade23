"""What a marketplace serves is what is stored: `dagster job execute` on a server that the product does not know."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import pytest

from dropship_pipeline_tests.blackbox.evidence import database, files, hits, objects, rows, stored, unpacked
from dropship_pipeline_tests.blackbox.goods import (
    AMAZON_KEPT,
    EBAY_KEPT,
    PAGES_NEEDED,
    QUERIES,
    TOP_AMZ,
    TOP_EBAY,
    Kept,
    amazon_pages,
    ebay_pages,
    served,
)
from dropship_pipeline_tests.blackbox.market import Platform, Seen
from dropship_pipeline_tests.blackbox.runs import RAINFOREST_KEY, SCRAPERAPI_KEY, Finished, World, open_world
from dropship_pipeline_tests.conftest import LocalServers

KEPT: Mapping[Platform, Mapping[str, Kept]] = {"amazon": AMAZON_KEPT, "ebay": EBAY_KEPT}
PLATFORMS: tuple[Platform, Platform] = ("amazon", "ebay")
PRODUCTS = "SELECT platform, product_id, first_seen_at, last_seen_at, last_job_id FROM products ORDER BY 1, 2"


@dataclass
class Stage:
    """One run, the requests that it made, and what stood after it."""

    run: Finished
    seen: list[Seen]
    objects: dict[str, bytes]
    products: list[dict[str, Any]]
    stored: dict[Platform, tuple[dict[str, Kept], list[str]]]


@pytest.fixture(scope="module")
def world(stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world("exact", stack, _migrated_template, tmp_path_factory.mktemp("exact")) as opened:
        at = opened.market.url
        for query in QUERIES:
            opened.market.scripts["amazon", query] = served(amazon_pages(at)[query])
            opened.market.scripts["ebay", query] = served(ebay_pages(at)[query])
        opened.market.latency_s = 0.1
        yield opened


def execute(world: World, job_id: str, name: str) -> Stage:
    since = len(world.market.seen)
    config = {"queries": QUERIES, "top_amz": TOP_AMZ, "top_ebay": TOP_EBAY, "job_id": job_id}
    run = world.execute(name, config)
    return Stage(
        run, world.market.seen[since:], objects(world), rows(world.database_url, PRODUCTS),
        {platform: stored(world, platform) for platform in PLATFORMS},
    )  # fmt: skip


@pytest.fixture(scope="module")
def first(world: World) -> Stage:
    return execute(world, "first", "one")


@pytest.fixture(scope="module")
def another_job(world: World, first: Stage) -> Stage:
    return execute(world, "second", "two")


@pytest.fixture(scope="module")
def same_job(world: World, another_job: Stage) -> Stage:
    return execute(world, "first", "three")


def test_a_run_on_a_foreign_marketplace_ends_well(first: Stage) -> None:
    assert first.run.exit_code == 0, first.run.stderr[-3000:]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_product_is_stored_once_to_the_cent_and_with_its_picture(first: Stage, platform: Platform) -> None:
    products, wrong = first.stored[platform]
    assert products == KEPT[platform]
    assert wrong == []


def test_each_picture_lies_in_the_bucket_once_under_its_hash(first: Stage) -> None:
    pictures = {kept.image for kept in (*AMAZON_KEPT.values(), *EBAY_KEPT.values()) if kept.image}
    held = {key: data for key, data in first.objects.items() if key.startswith("images/")}
    assert sorted(hashlib.sha256(data).hexdigest() for data in held.values()) == sorted(
        hashlib.sha256(picture).hexdigest() for picture in pictures
    )
    assert {key: key.split("/")[-1].split(".")[0] for key in held} == {
        key: hashlib.sha256(data).hexdigest() for key, data in held.items()
    }


@pytest.mark.parametrize("platform", PLATFORMS)
def test_only_the_calls_that_are_needed_are_paid_for_and_each_once(
    world: World, first: Stage, platform: Platform
) -> None:
    calls = [(call.query, call.page) for call in first.seen if call.kind == "api" and call.platform == platform]
    assert calls == PAGES_NEEDED[platform]


@pytest.mark.parametrize(("platform", "provider"), [("amazon", "rainforest"), ("ebay", "scraperapi")])
def test_the_ledger_books_what_the_marketplace_charged(
    world: World, first: Stage, platform: Platform, provider: str
) -> None:
    charged = [call.credits for call in first.seen if call.kind == "api" and call.platform == platform]
    booked = rows(
        world.database_url,
        "SELECT credits, attempts, state FROM api_calls WHERE job_id = 'first' AND provider = %s",
        provider,
    )
    assert sorted(row["credits"] for row in booked) == sorted(charged)
    assert {(row["state"], row["attempts"]) for row in booked} == {("settled", 1)}
    assert first.run.metadata["collection_summary"][f"{platform}_credits"] == sum(charged)


PAID = ("credits", "amazon_credits", "ebay_credits")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_summary_counts_what_was_served_and_what_could_be_no_product(first: Stage, platform: Platform) -> None:
    counted = first.run.metadata["collection_summary"]
    # The watering can answers two Amazon queries: two results, one product.
    results = {"amazon": len(AMAZON_KEPT) + 1, "ebay": len(EBAY_KEPT)}
    skipped = {"amazon": 1, "ebay": 3}
    assert counted[f"{platform}_returned"] == counted[f"{platform}_stored"] == results[platform]
    assert counted[f"{platform}_skipped_rows"] == skipped[platform]
    assert counted[f"{platform}_collect_errors"] == counted[f"{platform}_store_errors"] == 0


def test_sellers_are_rows_under_one_spelling_with_their_feedback(world: World, first: Stage) -> None:
    found = rows(world.database_url, "SELECT * FROM sellers ORDER BY seller_name_normalized")
    assert [(row["seller_name_normalized"], row["feedback_percent"], row["feedback_count"]) for row in found] == [
        ("sim.second-seller", 97.4, 88), ("sim_lamps_co", 99.1, 1204), ("third", None, None),
    ]  # fmt: skip  # the exact count, not the rounded one of another page
    assert [row["source_products"] for row in found] == [[], [], []]  # no best seller led there


def test_each_worker_says_start_and_end_once_in_the_exact_form(first: Stage) -> None:
    for platform, count in (("amazon", len(AMAZON_KEPT) + 1), ("ebay", len(EBAY_KEPT))):
        assert first.run.line(f"[{platform}] Worker START").message == f"[{platform}] Worker START job=first"
        assert first.run.line(f"[{platform}] Worker END").message == f"[{platform}] Worker END job=first, count={count}"
        assert first.run.stderr.count(f"[{platform}] Worker START job=first") == 1


def test_both_workers_start_within_a_second_and_work_at_the_same_time(first: Stage) -> None:
    starts = {platform: first.run.line(f"[{platform}] Worker START").at for platform in PLATFORMS}
    ends = {platform: first.run.line(f"[{platform}] Worker END").at for platform in PLATFORMS}
    assert abs(starts["amazon"] - starts["ebay"]) < 1
    assert max(starts.values()) < min(ends.values())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_worker_never_has_two_requests_open_at_once(first: Stage, platform: Platform) -> None:
    requests = [seen for seen in first.seen if seen.platform == platform]
    assert {seen.kind for seen in requests} == {"api", "image"}
    assert [seen.open_then for seen in requests] == [0] * len(requests)
    assert all(before.ended <= after.started for before, after in pairwise(requests))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_queries_are_taken_strictly_in_order(first: Stage, platform: Platform) -> None:
    asked = [seen.query for seen in first.seen if seen.kind == "api" and seen.platform == platform]
    assert [query for query, _ in groupby(asked)] == list(QUERIES)


def test_another_job_adds_no_product_and_no_picture(first: Stage, another_job: Stage) -> None:
    assert another_job.run.exit_code == 0
    assert another_job.stored == first.stored
    pictures = [{key for key in stage.objects if key.startswith("images/")} for stage in (first, another_job)]
    assert pictures[0] == pictures[1]


def test_another_job_moves_last_seen_of_every_product_and_nothing_else(first: Stage, another_job: Stage) -> None:
    for before, after in zip(first.products, another_job.products, strict=True):
        assert after["product_id"] == before["product_id"]
        assert after["first_seen_at"] == before["first_seen_at"]
        assert after["last_seen_at"] > before["last_seen_at"]
        assert after["last_job_id"] == "second"


def test_another_job_fetches_no_picture_again(another_job: Stage) -> None:
    assert [seen.path for seen in another_job.seen if seen.kind == "image"] == []
    assert len(another_job.seen) == sum(map(len, PAGES_NEEDED.values()))


def test_the_same_job_again_asks_the_marketplace_for_nothing(first: Stage, same_job: Stage) -> None:
    assert same_job.run.exit_code == 0
    assert same_job.seen == []
    assert same_job.stored == first.stored


def test_the_same_job_again_counts_what_the_first_time_counted_and_pays_nothing(first: Stage, same_job: Stage) -> None:
    own = {"amazon_seconds", "ebay_seconds", "overlap_seconds", "job_runs", *PAID}
    before, again = (stage.run.metadata["collection_summary"] for stage in (first, same_job))
    assert {name: value for name, value in before.items() if name not in own} == {
        name: value for name, value in again.items() if name not in own
    }
    assert before["credits"] == again["job_credits"] > 0
    assert [again[name] for name in PAID] == [0, 0, 0]
    assert (before["job_runs"], again["job_runs"]) == (1, 2)


def test_no_key_is_left_anywhere_when_all_goes_well(world: World, same_job: Stage) -> None:
    sources = [*files(world.folder), *database(world.database_url), *unpacked(objects(world))]
    assert len(sources) > 20
    found = hits((RAINFOREST_KEY, SCRAPERAPI_KEY), sources)
    assert not found, "\n".join(found)
