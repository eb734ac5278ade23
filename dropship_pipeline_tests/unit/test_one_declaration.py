"""A job's setting is declared once: whatever shows or checks it reads that declaration."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dropship_pipeline
from dropship_pipeline.collection.resuming import not_resumable, resumed_settings
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.launching import recorded_settings
from dropship_pipeline.jobs.registry import JOBS
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.storage.runs.reports import RunReport

PACKAGE = Path(dropship_pipeline.__file__).parent
NAMES = {name for job in JOBS.values() for name in job.settings.model_fields}
LIMITS = {"ge", "gt", "le", "lt", "max_length", "default"}

# One more line in `SellersSettings`, before any other module is imported; then each place is asked what it knows.
PROBE = """
import json, pathlib, sys
from pydantic import Field, SecretStr
from dropship_pipeline.jobs import settings as declared

class SellersSettings(declared.SellersSettings):
    extra_rows: int = Field(default=7, ge=3, le=99, title="Extra rows", description="A row more")

declared.SellersSettings = SellersSettings

from dropship_pipeline.admin.app import create_app
from dropship_pipeline.admin.pages.ui import job_form
from dropship_pipeline.cli.config_file import read_config
from dropship_pipeline.collection.forecast import History, forecast
from dropship_pipeline.definitions import defs
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import JOBS, SELLERS
from dropship_pipeline.orchestration.config import CollectSellersConfig
from dropship_pipeline.admin.api.runs import StartSellers
from dropship_pipeline.settings import Quota
from dropship_pipeline_tests.integration.api_client import admin_settings
from dagster import Failure

def refused(make):
    try:
        make()
    except (RequestInvalid, Failure, ValueError) as error:
        return str(getattr(error, "description", None) or error)
    return ""

say = {}
op = defs.resolve_job_def(SELLERS.name).graph.node_named(SELLERS.op).definition
shown = op.config_schema.config_type.fields["extra_rows"]
say["launchpad"] = [shown.default_value, shown.description, CollectSellersConfig(extra_rows=8).extra_rows,
                    refused(lambda: CollectSellersConfig(extra_rows=100))]
body = {"job": SELLERS.name, "config": {"extra_rows": 8}}
say["api"] = [StartSellers.model_validate(body).config.extra_rows,
              refused(lambda: StartSellers.model_validate({**body, "config": {"extra_rows": 100}}))]
app = create_app(admin_settings("postgresql://nobody@127.0.0.1:9/none"), with_pages=False)
say["openapi"] = [schema["properties"]["extra_rows"] for schema in app.openapi()["components"]["schemas"].values()
                  if "extra_rows" in schema.get("properties", {})]
file = pathlib.Path(sys.argv[1])
def written(value):
    file.write_text(json.dumps({"ops": {SELLERS.op: {"config": {"extra_rows": value}}}}))
    return read_config(file)
say["file"] = [written(8).extra_rows, refused(lambda: written(100))]
quotas = {name: Quota(60, 5) for name in ("rainforest", "scraperapi")}
say["forecast"] = sorted(forecast(written(8), History({}), quotas))
def drawn(label, name, value, **more):
    say["form"] = [label, name, value, more["min"], more["max"]]
job_form.field = drawn
job_form._line("extra_rows", job_form._shown(JOBS[SELLERS.name])["extra_rows"], {})
print(json.dumps(say))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("probe") / "sellers.yaml"
    done = subprocess.run([sys.executable, "-c", PROBE, file], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


TOO_MUCH = "extra_rows is 100; it must be between 3 and 99"


def test_a_new_setting_is_in_the_launchpad_with_its_default_description_and_limits(told: dict[str, Any]) -> None:
    default, description, taken, refusal = told["launchpad"]
    assert (default, description, taken, refusal) == (7, "A row more", 8, TOO_MUCH)


def test_a_new_setting_is_taken_by_the_api_and_described_in_its_document(told: dict[str, Any]) -> None:
    taken, refusal = told["api"]
    assert taken == 8
    assert TOO_MUCH in refusal
    assert told["openapi"]
    for shown in told["openapi"]:
        assert (shown["default"], shown["minimum"], shown["maximum"]) == (7, 3, 99)
        assert shown["description"] == "A row more"


def test_a_new_setting_is_read_from_a_file_and_forecast(told: dict[str, Any]) -> None:
    assert told["file"][0] == 8
    assert TOO_MUCH in told["file"][1]
    assert told["forecast"] == ["rainforest", "scraperapi"]


def test_a_new_setting_has_a_field_in_the_form_with_its_default_and_limits(told: dict[str, Any]) -> None:
    assert told["form"] == ["Extra rows", "extra_rows", "7", 3, 99]


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def declared_again(tree: ast.Module) -> Iterator[str]:
    """Names of settings to which a limit is given as a number."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in NAMES:
            for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
                if any(
                    mark.arg in LIMITS and isinstance(mark.value, ast.Constant) and mark.value.value is not None
                    for mark in call.keywords
                ):
                    yield node.target.id


def test_no_module_declares_the_limit_or_default_of_a_setting_again() -> None:
    found = {name: list(declared_again(tree)) for name, tree in sources()}
    assert {name for name, again in found.items() if again} == {"jobs/settings.py"}
    assert list(declared_again(ast.parse("max_credits: int = Field(default=None, le=5)"))) == ["max_credits"]


def test_job_names_and_the_tag_of_the_org_are_written_once() -> None:
    texts = [
        (name, node.value)
        for name, tree in sources()
        if not name.startswith("storage/migrations/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert {name for name, text in texts if text in JOBS} == {"jobs/registry.py"}
    # As a quoted name inside SQL it may stand in the check of a table only.
    in_sql = re.compile("|".join(f"'{job}'" for job in JOBS))
    assert {name for name, text in texts if in_sql.search(text)} <= {"storage/database/tables/runs.py"}
    assert [name for name, text in texts if text == "dropship/org"] == ["jobs/launching.py"]


def record(**said: object) -> RunReport:
    """The record of a failed run of live marketplaces, but for what is said."""
    fields: dict[str, Any] = dict.fromkeys(RunReport.__dataclass_fields__)
    fields |= {"run_id": 4, "job_id": "j", "job_name": "collect_sellers", "status": "failed", "sandbox": False}
    return RunReport(**{**fields, "config": {"max_products": 3}, **said})


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (record(), None),
        (record(status="stopped"), None),
        (record(status="running"), "Run 4 is running: wait"),
        (record(status="completed"), "is completed"),
        (record(status="stopped", continued_by=7), "was continued by Run 7: resume Run 7 if anything is missing"),
        (record(sandbox=True), "asked the sandbox and the settings name live marketplaces"),
        (record(config={}), "holds no configuration"),
        (record(job_name="forgotten"), "holds no configuration"),
    ],
)
def test_one_rule_says_why_a_run_cannot_be_resumed(run: RunReport, reason: str | None) -> None:
    told = not_resumable(run, sandbox=False)
    assert told is None if reason is None else reason in (told or "")


def test_a_live_run_does_not_go_on_in_the_sandbox() -> None:
    assert "asked live marketplaces" in (not_resumable(record(), sandbox=True) or "")


def test_records_of_the_first_release_still_resume() -> None:
    old = recorded_settings("collect_and_store", {"queries": ["lamp"], "pause_s": 1.5})
    assert old.model_dump()["throttle_seconds"] == 1.5
    sellers = resumed_settings(record(config={"price_low": "0.70", "price_high": "1.3"}), max_credits=9)
    assert isinstance(sellers, SellersSettings)
    assert (sellers.price_low, sellers.price_high, sellers.max_credits, sellers.job_id) == (0.7, 1.3, 9, "j")


def test_a_budget_for_a_job_that_has_none_is_refused() -> None:
    with pytest.raises(RequestInvalid, match="has no budget"):
        resumed_settings(record(job_name="collect_and_store", config={"queries": ["x"]}), max_credits=9)
