"""What `dagster job execute` does with nothing to do, with too much to do, and without a key."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dropship_pipeline_tests.blackbox.evidence import objects, rows
from dropship_pipeline_tests.blackbox.goods import amazon_row, ebay_row, price, served, usd
from dropship_pipeline_tests.blackbox.runs import Finished, World, open_world
from dropship_pipeline_tests.blackbox.wire import rainforest, structured
from dropship_pipeline_tests.conftest import LocalServers

# More at once only wait for the same processors.
AT_ONCE = 3
QUERY = "lamp"
# Config, changes to the environment, what is said.
REFUSED: Mapping[str, tuple[dict[str, Any], dict[str, str | None], str]] = {
    "negative": ({"top_amz": -1}, {}, "top_amz is -1; it must be between 0 and"),
    "absurd": ({"top_ebay": 10**9}, {}, "top_ebay is 1000000000; it must be between 0 and"),
    "blank": ({"queries": [QUERY, " "]}, {}, "queries: entry 2 is empty"),
    "long": ({"queries": ["x" * 10_000]}, {}, "queries: entry 1 has 10000 characters"),
    "keyless": ({}, {"SCRAPERAPI_KEY": None}, "SCRAPERAPI_KEY is not set"),
}
NOTHING: Mapping[str, dict[str, Any]] = {"no-queries": {"queries": []}, "top-zero": {"top_amz": 0}}


@pytest.fixture(scope="module")
def world(stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world("limits", stack, _migrated_template, tmp_path_factory.mktemp("limits")) as opened:
        rows_of = {
            "amazon": rainforest([amazon_row("B0SIM00301", "Lamp", price=price(3, "$3.00"))], total_pages=1),
            "ebay": structured([ebay_row(900000000301, "Lamp", item_price=usd(3))], next_pages=[]),
        }
        opened.market.scripts["amazon", QUERY] = served([rows_of["amazon"]])
        opened.market.scripts["ebay", QUERY] = served([rows_of["ebay"]])
        yield opened


@pytest.fixture(scope="module")
def runs(world: World) -> dict[str, Finished]:
    """All runs of this module, each in an org of its own, so that none waits for another."""

    def execute(name: str) -> Finished:
        config, environment, _ = REFUSED[name] if name in REFUSED else (NOTHING[name], {}, "")
        complete = {"queries": [QUERY], "top_amz": 1, "top_ebay": 1, "job_id": name, **config}
        return world.execute(name, complete, DROPSHIP_ORG=name, **environment)

    names = [*REFUSED, *NOTHING]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(names, pool.map(execute, names), strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused_with_exit_code_1_and_one_clear_sentence(
    runs: dict[str, Finished], name: str
) -> None:
    run, sentence = runs[name], REFUSED[name][2]
    assert run.exit_code == 1
    assert f"Failure: {sentence}" in run.stderr
    assert [line.step for line in run.log if line.event == "STEP_FAILURE"] == ["collection_config"]
    assert "direct cause" not in run.stderr
    assert "During handling" not in run.stderr


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_comes_before_any_worker_starts(runs: dict[str, Finished], name: str) -> None:
    assert not [line for line in runs[name].log if "Worker START" in line.message]


def test_a_query_of_ten_thousand_characters_is_not_repeated_in_the_log_without_end(runs: dict[str, Finished]) -> None:
    assert "x" * 500 not in "".join(line.message for line in runs["long"].log)


def test_no_queries_count_as_nothing(runs: dict[str, Finished]) -> None:
    run = runs["no-queries"]
    assert run.exit_code == 0, run.stderr[-3000:]
    for platform in ("amazon", "ebay"):
        assert run.line(f"[{platform}] Worker END").message == f"[{platform}] Worker END job=no-queries, count=0"
    assert run.metadata["collection_summary"]["stored"] == 0


def test_a_top_k_of_zero_stores_nothing_and_leaves_the_other_platform_alone(
    world: World, runs: dict[str, Finished]
) -> None:
    run = runs["top-zero"]
    assert run.exit_code == 0, run.stderr[-3000:]
    assert run.line("[amazon] Worker END").message == "[amazon] Worker END job=top-zero, count=0"
    assert run.line("[ebay] Worker END").message == "[ebay] Worker END job=top-zero, count=1"
    kept = rows(world.database_url, "SELECT org_id, platform FROM products")
    assert kept == [{"org_id": "top-zero", "platform": "ebay"}]


def test_only_what_was_wanted_was_paid_for(world: World, runs: dict[str, Finished]) -> None:
    assert [(seen.platform, seen.query) for seen in world.market.seen] == [("ebay", QUERY)]
    booked = rows(world.database_url, "SELECT job_id, provider, credits FROM api_calls")
    assert booked == [{"job_id": "top-zero", "provider": "scraperapi", "credits": 5}]
    assert [key.split("/")[:3] for key in objects(world)] == [["raw", "scraperapi", "top-zero"]]
