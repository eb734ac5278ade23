"""What Dagster shows of the definitions: types, assets, owners, resources; and how a step fails in one sentence."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dagster import AssetKey, Failure, JobDefinition, RetryRequested, TableSchema, check_dagster_type
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._serdes import serialize_value
from dagster._utils.error import serializable_error_info_from_exc_info

from dropship_pipeline.definitions import build_defs
from dropship_pipeline.errors import RequestInvalid, SettingsError, StorageUnavailable
from dropship_pipeline.jobs.registry import JOBS
from dropship_pipeline.orchestration.ops.opening import JOB_GRAPHS
from dropship_pipeline.orchestration.resources import refuse_other_values
from dropship_pipeline.orchestration.step.failure import MAX_STEP_RETRIES, failure
from dropship_pipeline.orchestration.table_types import (
    BEST_SELLING_PRODUCTS,
    COLUMN_SCHEMA,
    FOUND_SELLERS,
    QUERY_OUTCOMES,
    columns_of,
    frame_type,
)
from dropship_pipeline.storage.database.tables import products, query_outcomes

REPOSITORY = Path(__file__).parents[2]
SECRETS = {"password": "pass-w0rd", "rainforest": "rainforest-s3cret", "scraperapi": "scraperapi-s3cret"}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment with a secret in everything that may hold one."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DROPSHIP_DATABASE_URL": f"postgresql://someone:{SECRETS['password']}@db.example:5432/goods",
        "DROPSHIP_S3_ENDPOINT_URL": f"https://key:{SECRETS['password']}@s3.example",
        "RAINFOREST_API_KEY": SECRETS["rainforest"],
        "SCRAPERAPI_KEY": SECRETS["scraperapi"],
        "SCRAPERAPI_BASE_URL": f"https://key:{SECRETS['scraperapi']}@proxy.example/scraper",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def job(name: str) -> JobDefinition:
    found = build_defs().get_job_def(name)
    assert isinstance(found, JobDefinition)
    return found


@pytest.mark.parametrize("name", JOBS)
def test_nothing_that_travels_between_ops_is_of_any_type(name: str) -> None:
    types = {
        f"{node.name}.{put.name}": put.dagster_type.key
        for node in job(name).graph.nodes
        for puts in (node.definition.input_defs, node.definition.output_defs)
        for put in puts
    }
    assert types
    assert {name: key for name, key in types.items() if key == "Any"} == {}


@pytest.mark.parametrize("kind", [QUERY_OUTCOMES, FOUND_SELLERS, BEST_SELLING_PRODUCTS])
def test_the_type_of_a_frame_shows_its_columns_and_says_what_a_row_is(kind: Any) -> None:
    schema = kind.metadata[COLUMN_SCHEMA].value
    assert isinstance(schema, TableSchema)
    assert [column.name for column in schema.columns] == columns_of(kind)
    assert all(column.type and column.type == column.type.lower() for column in schema.columns)
    assert kind.description.startswith("One row a ")


def test_a_frame_that_lacks_a_column_does_not_pass_as_its_type() -> None:
    kind = frame_type("Two", [query_outcomes.c.query, query_outcomes.c.stored], "One row a query.")
    assert check_dagster_type(kind, pd.DataFrame({"query": ["lamp"], "stored": [1]})).success
    assert check_dagster_type(kind, None).success  # the step has kept its rows itself
    for wrong in (pd.DataFrame({"query": ["lamp"]}), [1, 2]):
        refused = check_dagster_type(kind, wrong)
        assert not refused.success
        assert "Two has the columns ['query', 'stored']" in (refused.description or "")


def assets() -> dict[str, Any]:
    graph = build_defs().get_repository_def().asset_graph
    return {key.to_user_string(): graph.get(key) for key in graph.get_all_asset_keys()}


def test_each_asset_can_be_materialized_and_says_whose_it_is_what_fills_it_and_where_to_read_on() -> None:
    found = assets()
    assert len(found) == 7
    for name, asset in found.items():
        assert asset.is_executable, name
        assert asset.owners == ["team:dropship"]
        assert asset.tags["dropship/job"] in JOBS
        assert "dagster/kind/postgres" in asset.tags
        assert Path(asset.metadata["docs"].value).is_file()
        assert f"docs/{Path(asset.metadata['docs'].value).name}" in asset.description


def test_an_asset_of_rows_shows_the_columns_of_its_table() -> None:
    found = assets()
    shown = found["amazon_products"].metadata[COLUMN_SCHEMA]
    assert {column.name: column.type for column in shown.columns}["price_cents"] == "bigint"
    assert [column.name for column in shown.columns] == list(products.c.keys())
    assert {name for name, asset in found.items() if COLUMN_SCHEMA not in asset.metadata} == {
        "collection_summary",
        "seller_summary",
    }


def test_lineage_goes_from_what_is_asked_to_what_the_run_came_to() -> None:
    parents = {name: {key.to_user_string() for key in asset.parent_keys} for name, asset in assets().items()}
    assert parents["product_sellers"] == {"best_selling_products"}
    assert parents["collection_summary"] == {"amazon_products", "ebay_products", "ebay_sellers"}


def test_assets_of_two_jobs_are_told_by_the_names_of_their_graphs() -> None:
    graph = build_defs().get_repository_def().asset_graph
    keys = (AssetKey("amazon_products"), AssetKey("product_sellers"))
    assert {graph.get(key).assets_def.node_def.name for key in keys} == JOB_GRAPHS


@pytest.mark.parametrize("name", JOBS)
def test_a_job_has_an_owner_and_its_runs_the_org(name: str) -> None:
    assert job(name).owners == ["team:dropship"]
    assert job(name).tags["dropship/org"] == "default"


def fields(resource: str) -> dict[str, Any]:
    shown: dict[str, Any] = build_defs().resources[resource].model_dump()  # type: ignore[index]
    return shown


def test_resources_show_where_everything_is_and_no_secret(settings: pytest.MonkeyPatch) -> None:
    assert fields("storage") == {
        "org": "default", "database": "db.example:5432/goods", "objects": "bucket dropship at s3.example",
    }  # fmt: skip
    assert fields("marketplaces") == {
        "amazon": "api.rainforestapi.com, costs credits", "ebay": "proxy.example, costs credits",
    }  # fmt: skip


def test_no_secret_is_in_what_dagster_keeps_of_the_definitions(settings: pytest.MonkeyPatch) -> None:
    kept = serialize_value(RepositorySnap.from_def(build_defs().get_repository_def()))
    assert "db.example:5432/goods" in kept
    assert [name for name, secret in SECRETS.items() if secret in kept] == []


def test_resources_say_what_to_run_where_nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert all("run `dropship up`" in value for value in fields("marketplaces").values())
    storage = fields("storage")
    assert "run `dropship up`" in storage["database"]
    assert "run `dropship up`" in storage["objects"]
    monkeypatch.setenv("DROPSHIP_S3_WAIT_SECONDS", "soon")
    assert {"the settings do not fit: `dropship doctor` says why"} == set(fields("storage").values())


def given(resource: str, **values: str) -> dict[str, Any]:
    return {"resources": {resource: {"config": values}}}


def test_a_run_that_names_another_store_is_refused_and_not_run_on_the_one_that_is_set(
    settings: pytest.MonkeyPatch,
) -> None:
    refuse_other_values({})
    refuse_other_values(given("storage", **fields("storage")))
    refuse_other_values(given("storage", database="none yet: run `dropship up`, or set DROPSHIP_DATABASE_URL"))
    with pytest.raises(RequestInvalid, match=r"resources\.storage\.database is 'elsewhere/goods', but .* 'db\.example"):
        refuse_other_values(given("storage", database="elsewhere/goods"))


def test_a_run_on_the_sandbox_is_not_repeated_where_it_would_cost_credits(settings: pytest.MonkeyPatch) -> None:
    with pytest.raises(RequestInvalid, match="costs credits"):
        refuse_other_values(given("marketplaces", amazon="the sandbox marketplace of this machine, no credits"))


class Context:
    """As much of an op's context as a failure looks at."""

    def __init__(self, retry_number: int) -> None:
        self.retry_number = retry_number


@pytest.mark.parametrize(
    ("error", "attempt", "name"),
    [
        (SettingsError("No database is set"), 0, "StepFailed"),
        (StorageUnavailable("Postgres is away"), 0, "StepToBeRetried"),
        (StorageUnavailable("Postgres is away"), MAX_STEP_RETRIES, "StepFailed"),
    ],
)
def test_a_known_failure_is_one_sentence_without_a_stack_trace(error: Any, attempt: int, name: str) -> None:
    with pytest.raises((Failure, RetryRequested)) as raised:
        raise failure(Context(attempt), error) from None  # type: ignore[arg-type]
    assert raised.type.__name__ == name
    shown = serializable_error_info_from_exc_info((raised.type, raised.value, raised.tb))
    assert shown.to_string().strip() == f"Failure: {error}"


@pytest.mark.parametrize("dev", ["", "1"])
def test_loading_prints_no_warning_and_dagster_dev_says_what_starts_the_stores(tmp_path: Path, dev: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "from dropship_pipeline.definitions import defs; defs.get_repository_def()"],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "DAGSTER_IS_DEV_CLI": dev},
    )  # fmt: skip
    lines = (loaded.stdout + loaded.stderr).splitlines()
    assert len(lines) == (1 if dev else 0), lines
    if dev:
        assert "No database is set: run `dropship up`" in lines[0]
