"""`dagster …` as a person types it in a clone, without a stack. The other commands, and those beside one: `soak`."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dropship_pipeline.cli.app import app

REPOSITORY = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
TIMEOUT_S = 300
# What Dagster prints whatever the project does: it prefers that people type `dg`.
SUPERSEDED = ("SupersessionWarning", "return callback(")
SENTENCE = (
    "No database is set: run `dropship up` in this folder to start the local Postgres and S3, "
    "or set DROPSHIP_DATABASE_URL (and DROPSHIP_S3_BUCKET) to your own"
)


class Clone:
    """What of a clone Dagster's commands look at, without the settings and the data of whoever runs the tests."""

    def __init__(self, folder: Path, home: Path | None = None, **environment: str) -> None:
        self.folder = folder
        for name in ("dropship_pipeline", "examples", "docs", "pyproject.toml", "workspace.yaml"):
            (folder / name).symlink_to(REPOSITORY / name)
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environment: Mapping[str, str] = {
            **kept, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(folder),
            "DAGSTER_DISABLE_TELEMETRY": "1", **({"DROPSHIP_HOME": str(home)} if home else {}), **environment,
        }  # fmt: skip

    def run(self, command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Type a command."""
        return subprocess.run(
            shlex.split(command), cwd=self.folder, env={**self.environment, **environment},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=TIMEOUT_S,
        )  # fmt: skip


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def exports() -> dict[str, str]:
    """What `eval "$(dropship env)"` sets."""
    lines = CliRunner().invoke(app, ["env"]).stdout.splitlines()
    pairs = (shlex.split(line)[1].split("=", 1) for line in lines)
    return dict(pairs)


def said(output: str) -> list[str]:
    """The lines that are not Dagster's own advice to type another command."""
    return [line for line in output.splitlines() if line and not any(word in line for word in SUPERSEDED)]


def test_dagster_asset_list_needs_no_flag_in_a_shell_that_dropship_env_has_set_up(clone: Clone) -> None:
    done = clone.run("dagster asset list", DAGSTER_MODULE_NAME=exports()["DAGSTER_MODULE_NAME"])
    assert (done.returncode, said(done.stderr)) == (0, [])
    assert done.stdout.split() == [
        "amazon_products", "best_selling_products", "collection_summary", "ebay_products", "ebay_sellers",
        "product_sellers", "seller_summary",
    ]  # fmt: skip


def test_a_run_that_finds_no_database_ends_with_one_sentence_and_no_stack_trace(clone: Clone) -> None:
    done = clone.run("dagster job execute -j collect_and_store", **exports() | {"DAGSTER_HOME": ""})
    assert done.returncode == 1
    lines = said(done.stdout + done.stderr)
    # Once or twice: of the step, and of the run.
    assert {line for line in lines if SENTENCE in line} == {f"Failure: {SENTENCE}"}
    assert not [line for line in lines if "Stack Trace" in line or line.startswith("  File ") or "Warning" in line]
