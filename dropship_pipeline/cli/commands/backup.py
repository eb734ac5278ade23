"""`dropship backup` and `dropship restore`: copy both stores into one folder, and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from dropship_pipeline.cli.terminal import plain_errors, say
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline.localstack.postgres import binary
from dropship_pipeline.settings import Settings, load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.migrate import upgrade
from dropship_pipeline.storage.objects import ObjectStore, object_store
from dropship_pipeline.storage.upkeep import backup as backups

Folder = Annotated[Path, typer.Argument(help="Of the backup.")]


def backup(folder: Folder) -> None:
    """Copy the database and every object to a folder; what an earlier backup there has is not copied again."""
    with plain_errors(), _stores() as (settings, database, objects):
        done = backups.back_up(database, objects, folder, _tools(settings, database))
        say(f"Kept in {folder}: the database and {done.objects:,} objects, {done.copied:,} of them new")


def restore(folder: Folder) -> None:
    """Bring a backup back into an empty database and bucket, such as those of a new `dropship up --services-only`.

    Tokens are not part of it: make new ones with `dropship token create`.
    """
    with plain_errors(), _stores() as (settings, database, objects):
        done = backups.restore(database, objects, folder, _tools(settings, database))
        upgrade(settings.require_database_url())
        say(f"Restored from {folder}: the database and {done.objects:,} objects, {done.copied:,} of them were missing")


@contextmanager
def _stores() -> Iterator[tuple[Settings, Database, ObjectStore]]:
    settings = load_settings()
    database, objects = Database.from_settings(settings), object_store(settings)
    try:
        yield settings, database, objects
    except OSError as error:
        raise RequestInvalid(f"The folder cannot be used: {error}") from None
    finally:
        database.close()
        objects.close()


def _tools(settings: Settings, database: Database) -> Path | None:
    """The local stack's own programs for its own server; for any other, whatever the PATH has."""
    home = StackHome(settings.home)
    home.load()
    ours = f"127.0.0.1:{home.state.ports.get('postgres')}/"
    return Path(binary("pg_dump")).parent if database.where.startswith(ours) else None
