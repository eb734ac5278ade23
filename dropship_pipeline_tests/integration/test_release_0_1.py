"""What release 0.1 said and showed is what is said and shown today, but for what `snapshots/changes.toml` lists."""

from pathlib import Path
from typing import Any

import pytest

from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.snapshots import surface
from dropship_pipeline_tests.snapshots.compare import Change, changes, differences, recorded, unlisted
from dropship_pipeline_tests.snapshots.record import take_api, take_commands, take_jobs


def assert_as_listed(document: str, today: Any) -> None:
    found = unlisted(differences(recorded(document), today), changes(document))
    assert not found, f"{document} differs from what changes.toml lists:\n" + "\n".join(found)


def test_tables_differ_only_as_listed(database_url: str) -> None:
    assert_as_listed("tables", surface.tables(database_url))


def test_the_openapi_document_differs_only_as_listed(database_url: str) -> None:
    assert_as_listed("api_document", surface.api_document(database_url))


def test_the_commands_and_their_options_differ_only_as_listed() -> None:
    assert_as_listed("commands", surface.commands())


def test_what_commands_print_and_their_exit_codes_differ_only_as_listed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_as_listed("command_answers", take_commands(database_url, tmp_path, monkeypatch))


async def test_what_the_api_answers_differs_only_as_listed(database_url: str) -> None:
    assert_as_listed("api_answers", await take_api(database_url))


@pytest.fixture
def job_runs(stack: LocalServers, _migrated_template: str, tmp_path: Path) -> Any:
    return take_jobs(stack, _migrated_template, tmp_path)


def test_exit_codes_log_lines_and_error_texts_of_jobs_differ_only_as_listed(job_runs: Any) -> None:
    assert_as_listed("job_runs", job_runs)


BEFORE = {"paths": {"/runs": {"get": {"parameters": [{"name": "limit", "default": 20}]}}}, "said": ["a", "b"]}
AFTER = {
    "paths": {
        "/runs": {"get": {"parameters": [{"name": "page"}, {"name": "limit", "default": 50}]}},
        "/new": {"get": 1},
    },
    "said": ["b", "a"],
}
LISTED = [
    Change("paths > /new", ("added",), 9, "new"),
    Change("paths > * > parameters > page", ("added",), 9, "pages"),
    Change("paths > /runs > get > parameters > limit > default", ("changed",), 9, "more"),
    Change("said", ("changed",), 9, "another order"),
]


def test_a_difference_that_is_not_listed_is_told() -> None:
    assert unlisted(differences(BEFORE, AFTER), LISTED) == []
    (told,) = unlisted(differences(BEFORE, AFTER), LISTED[1:])
    assert told.startswith("added paths > /new:")


def test_something_that_vanished_is_not_excused_by_an_entry_that_lets_it_be_added() -> None:
    told, *_ = unlisted(differences({"a": 1, "b": 2}, {"b": 2}), [Change("a", ("added",), 9, "")])
    assert told.startswith("removed a")


def test_an_entry_that_describes_nothing_is_told() -> None:
    (told,) = unlisted([], LISTED[:1])
    assert told.startswith("no such difference")
