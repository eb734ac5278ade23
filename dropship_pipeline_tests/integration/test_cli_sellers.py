"""`dropship sellers` and `dropship export sellers`, as a person at a terminal meets them."""

import json
import subprocess
from pathlib import Path

import pytest

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.review.marks import SellerMarks
from dropship_pipeline.storage.sellers.listing import SellerList
from dropship_pipeline_tests.integration.cli_runner import COMMAND, ESCAPES, Cli, add_seller, open_cli


@pytest.fixture
def cli(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return open_cli(database_url, tmp_path, monkeypatch)


def in_shell(cli: Cli, line: str) -> "subprocess.CompletedProcess[str]":
    environment = {**cli.process_environment, "PYTHONIOENCODING": "ascii"}
    command = line.replace("dropship", " ".join(COMMAND))
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], env=environment, capture_output=True, text=True, check=False
    )


def test_a_name_cannot_give_orders_to_the_terminal(cli: Cli, database: Database) -> None:
    add_seller(database, f"evil{ESCAPES} [bold]shop[/] :smile:")
    printed = cli("sellers").stdout
    assert "evil[31m" in printed
    assert "[bold]shop[/] :smile:" in printed
    assert {character for character in printed if not character.isprintable()} == {"\n"}


def test_no_column_is_cut_where_no_terminal_is(cli: Cli, database: Database) -> None:
    add_seller(database, "n" * 200, feedback_percent=99.5, feedback_count=1204)
    header, row = cli("sellers", COLUMNS="40").stdout.splitlines()
    assert row.split() == ["n" * 200, "0", "99.5", "%", "1204", "0", "0", "0", "0", "1", "2026-03-01", "2026-03-01"]
    assert header.split()[:2] == ["seller", "likelihood"]


@pytest.mark.parametrize("search", ["BLUE  shop", " blue", "Ｓｈｏｐ"])  # noqa: RUF001  (full-width letters)
def test_a_search_finds_a_name_in_any_case_spacing_and_width(cli: Cli, database: Database, search: str) -> None:
    add_seller(database, "Blue Shop")
    add_seller(database, "Other")
    lines = cli("sellers", "--search", search).stdout.splitlines()
    assert [line.startswith("Blue Shop") for line in lines[1:]] == [True]


def test_a_search_without_a_hit_says_so(cli: Cli, database: Database) -> None:
    add_seller(database, "Other")
    assert "No seller" in cli("sellers", "--search", "blue").stdout


def test_an_export_to_a_file_is_what_an_export_to_stdout_is(cli: Cli, database: Database, tmp_path: Path) -> None:
    add_seller(database, "Ünïcode 👍")
    result = cli("export", "sellers", "--format", "json", "-o", "out.json")
    assert (result.exit_code, result.output) == (0, "")
    written = (tmp_path / "out.json").read_bytes()
    assert written == cli("export", "sellers", "--format", "json").stdout_bytes
    assert json.loads(written)[0]["seller_name"] == "Ünïcode 👍"


@pytest.mark.parametrize("output", ["missing/out.csv", ".", "/dev/null", "file/out.csv"])
def test_a_target_that_cannot_be_written_is_one_sentence(cli: Cli, tmp_path: Path, output: str) -> None:
    (tmp_path / "file").touch()
    assert output in cli.refused("export", "sellers", "--format", "csv", "-o", output)


def test_an_export_that_fails_leaves_the_old_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("before")
    broken = "postgresql://u:s3cret@127.0.0.1:1/none"
    sentence = cli.refused("export", "sellers", "--format", "csv", "-o", "out.csv", DROPSHIP_DATABASE_URL=broken)
    assert "does not answer" in sentence
    assert "s3cret" not in sentence
    assert (tmp_path / "out.csv").read_text() == "before"


@pytest.mark.parametrize("command", ["export sellers --format csv", "sellers --limit 3000"])
def test_a_reader_that_has_seen_enough_gets_no_traceback(cli: Cli, database: Database, command: str) -> None:
    for number in range(3_000):
        add_seller(database, f"seller {number}")
    result = in_shell(cli, f"dropship {command} | head -n 1")
    assert result.stdout.lstrip('"').startswith("seller")
    assert result.stderr == ""


@pytest.mark.parametrize("command", ["export sellers --format csv", "export sellers --format json", "sellers"])
def test_a_full_disk_is_one_sentence(cli: Cli, database: Database, command: str) -> None:
    add_seller(database, "seller")
    result = in_shell(cli, f"dropship {command} > /dev/full")
    assert (result.returncode, result.stderr) == (
        1, "dropship: Standard output cannot be written: No space left on device\n",
    )  # fmt: skip


def test_an_encoding_that_lacks_a_character_breaks_neither_table_nor_export(cli: Cli, database: Database) -> None:
    add_seller(database, "Ünïcode 👍")
    assert in_shell(cli, "dropship sellers").stdout.splitlines()[1].startswith("?n?code ?")
    assert "Ünïcode 👍" in in_shell(cli, "dropship export sellers --format csv").stdout


def test_a_seller_is_marked_by_name_and_the_change_taken_back(cli: Cli, database: Database) -> None:
    add_seller(database, "Lamp Shop", seller_name_normalized="lamp shop")
    marks = SellerMarks(database, "default")
    assert cli("mark", " LAMP  shop", "--star", "--tag", "call").stdout == "Marks of 1 seller are different now\n"
    [found] = marks.of(SellerList(database, "default").ids_of(["lamp shop"])).values()
    assert (found.starred, found.tags, found.changed_by) == (True, ["call"], "command line")
    assert cli("mark", "--undo").stdout == "Marks of 1 seller are different now\n"
    assert cli("mark", "--undo").stdout == "Marks of 0 sellers are different now\n"


@pytest.mark.parametrize(
    ("arguments", "words"), [(("nobody", "--star"), "'nobody'"), (("nobody",), "what to change"), ((), "Name one")]
)
def test_a_mark_that_says_nothing_or_of_nobody_is_refused(cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    done = cli("mark", *arguments)
    assert done.exit_code == 1
    assert words in done.stderr
