"""`dropship runs`, `status` and `stop`: what is shown is what is recorded, and what goes wrong is one sentence."""

import os
import pty
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text, update

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_runs
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.values import RunError
from dropship_pipeline_tests.integration.cli_runner import COMMAND, ESCAPES, MOMENT, Cli, add_run, open_cli

SEEN_WAIT_S = 1.2  # longer than two polls


@pytest.fixture
def cli(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return open_cli(database_url, tmp_path, monkeypatch)


def active(records: RunRecords, dagster_run_id: str = "d1", job_id: str = "job") -> int:
    run_id = add_run(records, dagster_run_id, job_id)
    assert records.activate(run_id) is None
    return run_id


def change(database: Database, run_id: int, **columns: object) -> None:
    with database.begin() as connection:
        connection.execute(
            update(collection_runs).where(collection_runs.c.id == run_id).values(heartbeat_at=text("now()"), **columns)
        )


@contextmanager
def meanwhile(*steps: Callable[[], object]) -> Iterator[None]:
    """Take the steps one after the other, each seen by whoever watches."""

    def take() -> None:
        for step in steps:
            time.sleep(SEEN_WAIT_S)
            step()

    thread = Thread(target=take)
    thread.start()
    yield
    thread.join()


def test_the_list_shows_each_run_with_its_numbers_newest_first(cli: Cli, records: RunRecords) -> None:
    first = add_run(
        records, "d1", status="completed", phase="storing", phase_progress=7, phase_total=8, products_checked=41,
        sellers_found=32, new_sellers=23, credits_used=99, started_at=MOMENT,
        completed_at=MOMENT + timedelta(hours=1, minutes=2, seconds=3),
    )  # fmt: skip
    second = add_run(records, "d2", "other", sandbox=True)
    header, newest, oldest = cli("runs").stdout.splitlines()
    assert header.split() == [
        "run", "job", "state", "phase", "progress", "products", "sellers", "new", "credits", "started", "(UTC)",
        "duration",
    ]  # fmt: skip
    assert newest.split()[:4] == [str(second), "collect_sellers", "pending", "(sandbox)"]
    assert oldest.split() == [
        str(first), "collect_sellers", "completed", "storing", "7/8", "41", "32", "23", "99", "2026-03-01", "12:00:00",
        "1:02:03",
    ]  # fmt: skip


def test_the_list_is_as_long_as_asked(cli: Cli, records: RunRecords) -> None:
    for number in range(3):
        add_run(records, f"d{number}", f"job{number}")
    assert len(cli("runs", "--limit", "2").stdout.splitlines()) == 1 + 2


def test_runs_of_one_job_stand_under_what_they_came_to_together(cli: Cli, records: RunRecords) -> None:
    figures: dict[str, Any] = {"products_checked": 4, "new_sellers": 3, "credits_used": 20, "started_at": MOMENT}
    add_run(records, "d1", status="stopped", **figures)
    add_run(records, "d2", "other", credits_used=1)
    add_run(records, "d3", status="completed", **figures)
    _, together, newest, oldest, other = [line.split() for line in cli("runs").stdout.splitlines()]
    assert together == ["collect_sellers", "2", "runs", "together", "8", "0", "6", "40"]
    assert (newest[0], oldest[0], other[0]) == ("3", "1", "2")
    assert oldest[2:7] == ["stopped", "(continued", "by", "Run", "3)"]
    assert "was continued by Run 3" in cli.refused("resume", "1")
    assert any(
        line.startswith("collection") and "40 credits" in line for line in cli("status", "1").stdout.splitlines()
    )


def test_a_run_of_another_org_is_unknown(cli: Cli, records: RunRecords) -> None:
    run_id = add_run(records, "d1")
    assert "No run of org other" in cli("runs", DROPSHIP_ORG="other").stdout
    for command in ("status", "stop", "resume"):
        assert "No run is called" in cli.refused(command, str(run_id), DROPSHIP_ORG="other")


def test_a_run_whose_processes_died_is_not_shown_as_running(cli: Cli, records: RunRecords, database: Database) -> None:
    run_id = active(records)
    change(database, run_id)
    with database.begin() as connection:
        connection.execute(update(collection_runs).values(heartbeat_at=MOMENT))
    assert "failed" in cli("runs").stdout
    assert "not running, it is failed" in cli.refused("stop", str(run_id))


def test_the_status_tells_why_a_run_failed_and_its_last_errors(cli: Cli, records: RunRecords) -> None:
    details = {"phase": "ebay_search", "api_response": {"status_code": 503, "message": "busy"}}
    run_id = add_run(records, "d1", status="failed", error_message="ScraperAPI is busy", error_details=details)
    for number in range(12):
        error = RunError("ebay", "collect", "blocked", f"message {number}", "a lamp", "B01", 503)
        records.errors.record(run_id, "job", error)
    lines = cli("status", str(run_id)).stdout.splitlines()
    assert "reason       ScraperAPI is busy" in lines
    assert any(line.startswith("details") and '"status_code": 503' in line for line in lines)
    shown = [line for line in lines if ": message " in line]
    assert [line.rpartition(" ")[2] for line in shown] == [str(number) for number in range(11, 1, -1)]
    assert "ebay blocked 503 B01" in shown[0]


def test_nothing_recorded_can_give_orders_to_the_terminal(cli: Cli, records: RunRecords) -> None:
    evil = f"x{ESCAPES}\u202e\n[bold]y[/]"
    run_id = add_run(records, "d1", error_message=evil, phase=evil, config={"queries": [evil]})
    records.errors.record(run_id, "job", RunError("ebay", "collect", "blocked", evil, evil, evil))
    printed = cli("status", str(run_id)).stdout + cli("runs").stdout
    assert {character for character in printed if not character.isprintable()} == {"\n"}
    assert "[bold]y[/]" in printed


@pytest.mark.parametrize("command", ["status", "stop", "resume"])
@pytest.mark.parametrize("reference", ["nothing", "", " ", "%", "0", "\udcff", f"no{ESCAPES}"])
def test_an_unknown_run_is_one_sentence(cli: Cli, records: RunRecords, command: str, reference: str) -> None:
    active(records)
    assert "No run is called" in cli.refused(command, reference)


@pytest.mark.parametrize("command", ["status", "stop", "resume"])
def test_an_ambiguous_run_is_refused_and_the_choices_are_named(cli: Cli, records: RunRecords, command: str) -> None:
    first, second = add_run(records, "d1", "march-1"), active(records, "d2", "march-2")
    assert f"the runs {second}, {first}: write the number" in cli.refused(command, "march")
    assert records.get(second) is not None
    assert [run.status for run in map(records.get, (first, second)) if run] == ["pending", "running"]


def test_a_running_run_is_asked_to_stop(cli: Cli, records: RunRecords) -> None:
    run_id = active(records, "d1", "march-1")
    result = cli("stop", "march")
    assert result.exit_code == 0
    assert f"Run {run_id} is asked to stop" in result.stdout
    run = records.get(run_id)
    assert run is not None
    assert run.status == "stopping"
    assert "is stopping already" in cli.refused("stop", "march")


def test_a_run_that_has_ended_or_not_begun_is_not_stopped(cli: Cli, records: RunRecords) -> None:
    pending = add_run(records, "d1")
    assert "waiting for another run" in cli.refused("stop", str(pending))
    records.settlement.finish(pending, "completed")
    assert "not running, it is completed" in cli.refused("stop", str(pending))


def test_watching_prints_a_line_for_each_step_until_the_run_ends(
    cli: Cli, records: RunRecords, database: Database
) -> None:
    run_id = active(records)
    change(database, run_id, phase="amazon_fetch", phase_progress=1, phase_total=4, credits_used=5)
    with meanwhile(
        lambda: change(database, run_id, phase_progress=2),
        lambda: change(database, run_id, phase="ebay_search", phase_progress=0, phase_total=40),
        lambda: records.settlement.finish(run_id, "degraded", message="false zeros"),
    ):
        result = cli("status", str(run_id), "--watch")
    lines = result.stdout.splitlines()
    assert lines[0] == "amazon_fetch: 1 of 4 (25 %), 5 credits"
    assert lines[1].startswith("amazon_fetch: 2 of 4 (50 %), 5 credits")
    assert lines[2] == "ebay_search: 0 of 40 (0 %), 5 credits"
    assert lines[3].split() == ["run", str(run_id)]
    assert "state        degraded" in lines
    assert result.exit_code == 0


def test_two_viewers_of_one_run_see_the_same_instead_of_sharing_its_news_between_them(
    cli: Cli, records: RunRecords, database: Database
) -> None:
    run_id = active(records)
    change(database, run_id, phase="ebay_search", phase_progress=0, phase_total=4)
    command = [*COMMAND, "status", str(run_id), "--watch"]
    viewers = [
        subprocess.Popen(command, env=cli.process_environment, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    # Each has begun to watch when it has said where the run is.
    seen = [[viewer.stdout.readline()] for viewer in viewers if viewer.stdout]
    with meanwhile(
        lambda: change(database, run_id, phase_progress=2),
        lambda: change(database, run_id, phase_progress=3),
        lambda: records.settlement.finish(run_id, "completed"),
    ):
        for lines, viewer in zip(seen, viewers, strict=True):
            lines.extend(viewer.communicate(timeout=60)[0].splitlines())
    milestones = [[line.split(",")[0].strip() for line in lines if line.startswith("ebay_search:")] for lines in seen]
    assert milestones[0] == milestones[1] == [
        "ebay_search: 0 of 4 (0 %)", "ebay_search: 2 of 4 (50 %)", "ebay_search: 3 of 4 (75 %)",
    ]  # fmt: skip
    assert all("state        completed" in lines for lines in seen)


def test_watching_a_killed_run_ends_when_it_is_known_to_be_dead(
    cli: Cli, records: RunRecords, database: Database
) -> None:
    run_id = active(records)
    dead = update(collection_runs).values(heartbeat_at=MOMENT)

    def kill() -> None:
        with database.begin() as connection:
            connection.execute(dead)

    with meanwhile(kill):
        assert "state        failed" in cli("status", str(run_id), "--watch").stdout.splitlines()


def test_watching_on_a_terminal_draws_a_bar_with_phase_and_items(
    cli: Cli, records: RunRecords, database: Database
) -> None:
    run_id = active(records)
    change(database, run_id, phase="ebay_search", phase_progress=30, phase_total=40)
    ours, theirs = pty.openpty()
    environment = {**cli.process_environment, "TERM": "xterm"}
    command = [*COMMAND, "status", str(run_id), "--watch"]
    process = subprocess.Popen(command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    drawn = _read_until(ours, b"30/40")
    records.settlement.finish(run_id, "completed")
    drawn += _read_until(ours, b"completed")
    assert process.wait(30) == 0
    os.close(ours)
    assert b"ebay_search" in drawn
    assert "━".encode() in drawn


def _read_until(terminal: int, wanted: bytes) -> bytes:
    read = b""
    while wanted not in read:
        read += os.read(terminal, 65_536)
    return read


@pytest.mark.parametrize("arguments", [("runs",), ("status", "1"), ("stop", "1"), ("resume", "1"), ("sellers",)])
def test_without_a_database_or_its_tables_there_is_one_sentence_and_no_secret(
    cli: Cli, database: Database, database_url: str, arguments: tuple[str, ...]
) -> None:
    assert "dropship up" in cli.refused(*arguments, DROPSHIP_DATABASE_URL="")
    refused = cli.refused(*arguments, DROPSHIP_DATABASE_URL="postgresql://u:s3cret@127.0.0.1:1/none")
    assert "does not answer" in refused
    assert "s3cret" not in refused
    with database.begin() as connection:
        connection.execute(text("ALTER SCHEMA public RENAME TO elsewhere"))
    assert "dropship migrate" in cli.refused(*arguments)


def test_tables_that_may_not_be_touched_are_one_sentence(cli: Cli, database: Database) -> None:
    with database.begin() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f"CREATE ROLE nobody_{name}"))
        connection.execute(text(f"ALTER DATABASE {name} SET role = 'nobody_{name}'"))
    assert "permission denied" in cli.refused("runs")
