"""Help costs its own words: a command's module, and what it needs, is imported when the command is called."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from dropship_pipeline.cli.app import COMMANDS, EXPORT, SCHEDULE, TOKEN
from dropship_pipeline.cli.lazy import Later

LOADED = """
import sys
from typer.testing import CliRunner
from dropship_pipeline.cli.app import app
CliRunner().invoke(app, sys.argv[1:])
print(*sorted(sys.modules))
"""
ALL = [*COMMANDS.values(), *EXPORT.values(), *SCHEDULE.values(), *TOKEN.values()]


def loaded(*arguments: str) -> set[str]:
    """The top-level packages that a process has loaded after a command."""
    done = subprocess.run([sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["export", "--help"], ["token"]])
def test_help_and_version_import_nothing_but_typer_and_what_it_imports_itself(arguments: list[str]) -> None:
    heavy = {"sqlalchemy", "psycopg", "dagster", "httpx", "boto3", "rich", "psutil", "pandas"}
    assert loaded(*arguments) & heavy == set()


@pytest.mark.parametrize("command", ["runs", "status", "sellers", "stop"])
def test_a_command_that_reads_the_database_imports_nothing_that_collects(command: str) -> None:
    arguments = [command, "1"] if command in {"status", "stop"} else [command]
    assert loaded(*arguments) & {"dagster", "httpx", "boto3", "pandas", "alembic", "nicegui", "PIL", "yaml"} == set()


@pytest.mark.parametrize(("command", "unneeded"), [("env", {"sqlalchemy", "psycopg"}), ("down", set())])
def test_a_command_that_starts_no_server_does_not_import_what_those_are_asked_with(
    command: str, unneeded: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPSHIP_HOME", str(tmp_path))
    assert loaded(command) & {"alembic", "boto3", "botocore", "httpx", "rich", "dagster", *unneeded} == set()


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.where)
def test_help_says_what_the_command_says_of_itself(command: Later) -> None:
    assert command.help == (inspect.getdoc(command.load()) or "").splitlines()[0]


def test_the_version_is_that_of_the_package() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dropship_pipeline.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("dropship 0.")
