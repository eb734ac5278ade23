"""Every `dagster` and `dg` command of docs/dagster.md, as typed in a clone, with and without a running stack."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dropship_pipeline_tests.integration.test_dagster_commands import SENTENCE, Clone, exports, said
from dropship_pipeline_tests.integration.test_stack_supervisor import Up, running

pytestmark = pytest.mark.soak
ASSETS = {
    "amazon_products", "best_selling_products", "collection_summary", "ebay_products", "ebay_sellers",
    "product_sellers", "seller_summary",
}  # fmt: skip
JOBS = ("collect_and_store", "collect_sellers")
RUNS = (
    "dagster job execute -j collect_and_store",
    "dg launch --job collect_and_store",
    "dagster asset materialize --select group:collection",
)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with running(tmp_path_factory.mktemp("stack") / ".dropship", "--services-only") as started:
        yield started


@pytest.fixture(params=["without a stack", "beside a stack"])
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> Clone:
    """A clone in a shell that `dropship env` has set up."""
    module = {"DAGSTER_MODULE_NAME": exports()["DAGSTER_MODULE_NAME"]}
    if request.param == "without a stack":
        return Clone(tmp_path, None, **module)
    return beside(request.getfixturevalue("up"), tmp_path)


def beside(up: Up, folder: Path) -> Clone:
    return Clone(
        folder, up.home, DAGSTER_HOME=str(up.home / "dagster"), DAGSTER_MODULE_NAME=exports()["DAGSTER_MODULE_NAME"]
    )


def test_jobs_are_listed(clone: Clone) -> None:
    done = clone.run("dagster job list")
    assert done.returncode == 0, done.stderr
    assert [f"Job: {name}" in done.stdout for name in JOBS] == [True, True]
    assert "Warning" not in done.stdout + done.stderr


def test_assets_are_listed(clone: Clone) -> None:
    done = clone.run("dagster asset list")
    assert (done.returncode, set(done.stdout.split())) == (0, ASSETS)


def test_dg_checks_the_definitions_and_prints_no_warning(clone: Clone) -> None:
    done = clone.run("dg check defs")
    assert (done.returncode, said(done.stderr)) == (0, [])
    assert "All definitions loaded successfully." in done.stdout


def test_dg_takes_the_configuration_of_the_project(clone: Clone) -> None:
    assert "Project configuration file is valid." in clone.run("dg check toml").stdout


def test_dg_lists_what_is_defined_and_who_owns_it(clone: Clone) -> None:
    done = clone.run("dg list defs --json")
    # dg loads them as `dagster dev` does, so without a stack the one command is said here, too.
    assert (done.returncode, said(done.stderr)) in ((0, []), (0, [SENTENCE]))
    found = json.loads(done.stdout)
    assert {asset["asset_key"] for asset in found["assets"]} == ASSETS
    assert all(asset["owners"] == [{"team": "dropship"}] and asset["kinds"] for asset in found["assets"])
    assert set(JOBS) <= {job["name"] for job in found["jobs"]}


def test_definitions_validate(clone: Clone) -> None:
    assert clone.run("dagster definitions validate").returncode == 0


@pytest.mark.parametrize("command", RUNS)
def test_a_run_without_a_stack_ends_with_one_sentence(command: str, tmp_path: Path) -> None:
    done = Clone(tmp_path, DAGSTER_MODULE_NAME=exports()["DAGSTER_MODULE_NAME"]).run(command)
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert f"Failure: {SENTENCE}" in output
    assert "Stack Trace" not in output


@pytest.mark.parametrize("command", RUNS)
def test_a_run_beside_a_stack_collects(command: str, up: Up, tmp_path: Path) -> None:
    done = beside(up, tmp_path).run(command)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "completed: amazon 10 and ebay 10 products stored" in done.stderr


def test_the_assets_of_both_jobs_are_not_materialized_in_one_run(up: Up, tmp_path: Path) -> None:
    done = beside(up, tmp_path).run("dagster asset materialize --select *")
    assert done.returncode == 1
    assert "Failure: These assets are filled by two jobs" in done.stderr
    assert "Worker START" not in done.stderr


def test_dagster_dev_without_a_stack_says_the_one_command(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    process = subprocess.Popen(
        ["dagster", "dev", "-p", "0"], cwd=clone.folder, env=dict(clone.environment), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if SENTENCE in line:
                break
    finally:
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends Ctrl-C to all of them
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:  # how well Dagster ends is not ours to test
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert SENTENCE in lines[-1]
    assert "WARNING" in lines[-1]
