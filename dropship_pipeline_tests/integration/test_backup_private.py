"""A backup is its owner's alone, and lets nobody in: not who reads it, and not after it was restored."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from dropship_pipeline.localstack.postgres import binary
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline.storage.upkeep.backup import DUMP, back_up, restore
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.upkeep import bucket_store, put_all

TOOLS = Path(binary("pg_dump")).parent
KEYS = ("images/aa/one.png", "raw/rainforest/job/two.json.gz")


@pytest.fixture
def objects(stack: LocalServers, bucket: str) -> Iterator[ObjectStore]:
    store = bucket_store(stack, bucket)
    put_all(store, KEYS)
    yield store
    store.close()


@pytest.fixture
def open_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that everybody may use, and a umask that forbids nobody anything."""
    folder = tmp_path / "open to all"
    folder.mkdir()
    folder.chmod(0o777)
    before = os.umask(0)
    yield folder
    os.umask(before)


def files_of(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}


def test_every_file_of_a_backup_is_its_owners_alone_whatever_the_folders_mode(
    database: Database, objects: ObjectStore, open_folder: Path
) -> None:
    (open_folder / f"{DUMP}.part").touch(mode=0o666)  # left by one that was interrupted
    back_up(database, objects, open_folder, TOOLS)
    modes = files_of(open_folder)
    assert len(modes) == len(KEYS) + 2
    assert set(modes.values()) == {0o600}
    for path in open_folder.rglob("*"):
        if path.is_file():
            path.chmod(0o644)  # as version 0.1 left them
    back_up(database, objects, open_folder, TOOLS)
    assert set(files_of(open_folder).values()) == {0o600}


def test_a_backup_holds_no_hash_of_a_token_and_none_is_good_after_it_was_restored(
    database: Database, database_url: str, objects: ObjectStore, tmp_path: Path
) -> None:
    tokens = Tokens(database)
    made = tokens.create("old", ["admin.*"], org="default")
    link = tokens.make_login_link(made.token.id)
    back_up(database, objects, tmp_path / "backup", TOOLS)
    dumped = subprocess.run(
        [TOOLS / "pg_restore", "--file=-", tmp_path / "backup" / DUMP], capture_output=True, text=True, check=True
    ).stdout
    assert "token_hash" in dumped
    assert not [row for row in _rows(database_url, "token_hash", "api_tokens") if row in dumped]
    assert not [row for row in _rows(database_url, "link_hash", "login_links") if row in dumped]
    restore(database, objects, tmp_path / "backup", TOOLS)
    assert tokens.verify(made.secret.get_secret_value()) is None
    assert tokens.use_login_link(link.get_secret_value()) is None
    # A cookie of before names a token by its number, which a new token must not get.
    assert tokens.create("new", ["admin.*"], org="default").token.id > made.token.id


def test_tokens_in_a_backup_of_version_0_1_come_back_revoked(
    database: Database, objects: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = Tokens(database)
    made = tokens.create("old", ["admin.*"], org="default")
    link = tokens.make_login_link(made.token.id)
    monkeypatch.setattr("dropship_pipeline.storage.upkeep.backup.ACCESS_TABLES", ())
    back_up(database, objects, tmp_path / "backup", TOOLS)
    restore(database, objects, tmp_path / "backup", TOOLS)
    assert [token.revoked_at is None for token in tokens.list("default")] == [False]
    assert tokens.verify(made.secret.get_secret_value()) is None
    assert tokens.use_login_link(link.get_secret_value()) is None


def _rows(database_url: str, column: str, table: str) -> list[str]:
    query = sql.SQL("SELECT {} FROM {}").format(sql.Identifier(column), sql.Identifier(table))
    with psycopg.connect(database_url) as connection:
        found = [str(row[0]) for row in connection.execute(query)]
    assert found
    return found
