"""Records what a release says and shows, for `compare.py` to hold a later one to.

In a checkout of the release, with this folder copied over its own:

    python -m pytest dropship_pipeline_tests/snapshots/record.py
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from dropship_pipeline_tests.blackbox.runs import open_world
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.snapshots import situations, surface
from dropship_pipeline_tests.snapshots.normal import everywhere

FOLDER = Path(__file__).parent
# A terminal of one width, without colours.
TERMINAL = {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}


def take_jobs(stack: LocalServers, template: str, folder: Path) -> Any:
    """What `dagster job execute` says."""
    with open_world("situations", stack, template, folder, market=situations.market()) as world:
        return everywhere(situations.job_runs(world))


def take_commands(database_url: str, folder: Path, patch: pytest.MonkeyPatch) -> Any:
    """What `dropship` says."""
    for name, value in TERMINAL.items():
        patch.setenv(name, value)
    return everywhere(situations.command_answers(database_url, folder, patch))


async def take_api(database_url: str) -> Any:
    """What the REST API says."""
    return everywhere(await situations.api_answers(database_url))


@pytest.fixture
def release() -> Path:
    """The folder of the release that is installed."""
    folder = FOLDER / f"release_{version('dropship-pipeline').replace('.', '_')}"
    folder.mkdir(exist_ok=True)
    return folder


def write(folder: Path, name: str, value: Any) -> None:
    """Keep a value as JSON that can be read and compared by line."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, default=str)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def test_record_the_surface(release: Path, database_url: str) -> None:
    write(release, "tables", surface.tables(database_url))
    write(release, "api_document", surface.api_document(database_url))
    write(release, "commands", surface.commands())


@pytest.fixture
def job_runs(stack: LocalServers, _migrated_template: str, tmp_path: Path) -> Any:
    return take_jobs(stack, _migrated_template, tmp_path)


def test_record_the_jobs(release: Path, job_runs: Any) -> None:
    write(release, "job_runs", job_runs)


def test_record_the_command_line(
    release: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(release, "command_answers", take_commands(database_url, tmp_path, monkeypatch))


async def test_record_the_api(release: Path, database_url: str) -> None:
    write(release, "api_answers", await take_api(database_url))
