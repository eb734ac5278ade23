"""Backs both stores up into one folder, and restores them.

    database.dump        pg_dump's custom format
    objects.jsonl        one line an object: key, content type, metadata
    objects/<key>        its data

The database is dumped first: objects are put before the rows that name them and hardly ever go, so that what is copied
after the dump has everything that the dump names. Back, the objects come first for the same reason.

A backup lets nobody in: it holds no hash of a token, and tokens that an older one holds come back revoked. Its files
are readable for their owner only, whatever the mode of the folder.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.objects import ObjectHead, ObjectStore

# What lets somebody in, or names a session.
ACCESS_TABLES = ("api_tokens", "login_links", "ended_sessions")
DUMP, INDEX, OBJECTS = "database.dump", "objects.jsonl", "objects"
PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Copied:
    """How many objects there are, and how many of them had to be copied."""

    objects: int
    copied: int


def back_up(database: Database, objects: ObjectStore, folder: Path, tools: Path | None) -> Copied:
    """Write a backup to `folder`; objects that an earlier one has there already are not copied again.

    Args:
        database: dumped whole.
        objects: copied whole.
        folder: made if missing; what is written to it is readable for its owner only.
        tools: where `pg_dump` is; None for the PATH.

    Raises:
        RequestInvalid: there is no `pg_dump`, or it refused; says why.
        StorageUnavailable: the object store does not answer.
        OSError: the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    dump = folder / f"{DUMP}.part"
    without = [f"--exclude-table-data={table}" for table in ACCESS_TABLES]
    _make_private(dump)
    _run(tools, "pg_dump", database, ["--format=custom", "--no-owner", *without, f"--file={dump}"])
    copied = total = 0
    index = folder / f"{INDEX}.part"
    _make_private(index)
    with index.open("w", encoding="utf-8") as lines:
        for page in objects.pages(""):
            for stored in page:
                path = _path(folder, stored.key)
                fresh = path.exists() and path.stat().st_mtime >= stored.modified_at.timestamp()
                head = objects.head(stored.key) if fresh else _copy(objects, stored.key, path)
                if fresh:
                    path.chmod(PRIVATE)  # an older backup left it as the umask had it
                if head is None:  # gone since it was listed
                    continue
                line = {"key": stored.key, "content_type": head.content_type, "metadata": dict(head.metadata)}
                lines.write(json.dumps(line) + "\n")
                total, copied = total + 1, copied + (not fresh)
    index.replace(folder / INDEX)
    dump.replace(folder / DUMP)
    return Copied(total, copied)


def restore(database: Database, objects: ObjectStore, folder: Path, tools: Path | None) -> Copied:
    """Bring a backup back into an empty bucket and a database without runs.

    Args:
        database: gets the dump's tables in place of its own empty ones, in one transaction.
        objects: gets what it lacks.
        folder: as `back_up` has written it.
        tools: where `pg_restore` is; None for the PATH.

    Raises:
        RequestInvalid: the folder holds no whole backup, the database holds runs, or `pg_restore` refused.
        StorageUnavailable: one of the stores does not answer.
    """
    if not (folder / DUMP).exists() or not (folder / INDEX).exists():
        raise RequestInvalid(f"{folder} holds no whole backup: {DUMP} and {INDEX} are needed; name the right folder")
    if _has_runs(database):
        raise RequestInvalid(f"The database at {database.where} holds runs already: restore into an empty one")
    total = copied = 0
    for line in _lines(folder / INDEX):
        data = _path(folder, line["key"]).read_bytes()
        copied += objects.put_once(line["key"], data, line["content_type"], line["metadata"])
        total += 1
    database.close()  # its idle connections would hold what is to be replaced
    arguments = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
    _run(tools, "pg_restore", database, [*arguments, str(folder / DUMP)])
    _revoke_all(database)
    return Copied(total, copied)


def _copy(objects: ObjectStore, key: str, path: Path) -> ObjectHead | None:
    found = objects.get_with_metadata(key)
    if found is None:
        return None
    data, head = found
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    _make_private(part)
    part.write_bytes(data)
    part.replace(path)
    return head


def _make_private(path: Path) -> None:
    """Create an empty file that only its owner can read, in place of any that is there."""
    path.unlink(missing_ok=True)
    path.touch(mode=PRIVATE, exist_ok=False)


def _lines(index: Path) -> Iterator[dict[str, Any]]:
    with index.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _path(folder: Path, key: str) -> Path:
    """The file of an object's data, always inside the folder.

    Raises:
        RequestInvalid: the key would lead out of it.
    """
    root = (folder / OBJECTS).resolve()
    path = (root / key).resolve()
    if not path.is_relative_to(root):
        raise RequestInvalid(f"The object key {key!r} leads out of {root}; remove it from the bucket or the backup")
    return path


def _has_runs(database: Database) -> bool:
    with database.begin() as connection:
        if connection.execute(text("SELECT to_regclass('collection_runs')")).scalar_one() is None:
            return False
        return bool(connection.execute(text("SELECT EXISTS (SELECT FROM collection_runs)")).scalar_one())


def _revoke_all(database: Database) -> None:
    """Let nobody in by a token or link that a backup of version 0.1 brought along."""
    with database.begin() as connection:
        if connection.execute(text("SELECT to_regclass('api_tokens')")).scalar_one() is not None:
            connection.execute(text("UPDATE api_tokens SET revoked_at = now() WHERE revoked_at IS NULL"))
            connection.execute(text("DELETE FROM login_links"))


def _run(tools: Path | None, name: str, database: Database, arguments: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, which no list of processes shows."""
    program = shutil.which(name, path=str(tools) if tools else None)
    if program is None:
        raise RequestInvalid(f"{name} is not on the PATH: install the PostgreSQL client of your server's version")
    access = database.for_programs
    command = [program, "--no-password", f"--dbname={access.database}", *arguments]
    done = subprocess.run(  # noqa: S603  (a program of PostgreSQL's, no shell)
        command, env={**os.environ, **access.environment}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RequestInvalid(f"{name} refused: {' '.join(done.stderr.split())[:500]}")
