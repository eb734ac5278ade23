"""`dropship doctor`: checks every setting and connection, and says in one line each what is wrong and what to do.

It changes nothing, never calls what costs money, and never repeats a secret.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from dropship_pipeline.errors import DropshipError, SettingsError
from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline.models import Provider
from dropship_pipeline.settings import Settings, load_settings
from dropship_pipeline.storage.database import migrate
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.objects import object_store

PROVIDERS: tuple[Provider, ...] = ("rainforest", "scraperapi")
CONNECT_TIMEOUT_S = 10.0
PROBE_FOLDER = "doctor/"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was checked, whether it is well, and one sentence about it."""

    subject: str
    ok: bool
    message: str


def examine() -> Iterator[Diagnosis]:
    """Check everything, in the order in which one part needs another."""
    try:
        settings = load_settings()
    except SettingsError as error:
        yield Diagnosis("settings", ok=False, message=str(error))
        return
    yield Diagnosis("settings", ok=True, message="every variable can be read")
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("home", _home),
        ("stack", _stack),
        ("postgres", _postgres),
        ("s3", _s3),
        *((f"{provider} key", _key(provider)) for provider in PROVIDERS),
        *((provider, _reachable(provider)) for provider in PROVIDERS),
        ("dagster", _dagster),
    )
    for subject, check in checks:
        try:
            yield Diagnosis(subject, ok=True, message=check(settings))
        except DropshipError as error:
            yield Diagnosis(subject, ok=False, message=str(error))


def _home(settings: Settings) -> str:
    home = settings.home.resolve()
    existing = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        raise SettingsError(f"{home} cannot be written: set DROPSHIP_HOME to a folder of your own")
    return str(home)


def _stack(settings: Settings) -> str:
    home = StackHome(settings.home)
    home.load()
    if home.state.supervisor is None:
        return "the local stack is not running; `dropship up` starts it"
    if home.state.supervisor.find() is None:
        raise SettingsError("the local stack was killed: `dropship up` starts it again, `dropship down` cleans up")
    dead = [name for name, record in home.state.processes.items() if record.find() is None]
    if dead:
        raise SettingsError(f"{', '.join(dead)} has died and is about to be started again: see {home.path / 'logs'}")
    return f"running, with {', '.join(home.state.processes)}"


def _postgres(settings: Settings) -> str:
    database = Database.from_settings(settings)
    try:
        database.ping()
        if not migrate.is_current(database):
            raise SettingsError(f"{database.where} lacks the newest tables: run `dropship migrate`")
    finally:
        database.close()
    return f"{database.where}, tables up to date"


def _s3(settings: Settings) -> str:
    key, probe = PROBE_FOLDER + secrets.token_hex(8), b"written by dropship doctor"
    store = object_store(settings)
    try:
        store.put(key, probe, "text/plain", {})
        read = store.get(key)
        store.delete(key)
    finally:
        store.close()
    if read != probe:
        raise SettingsError(f"bucket {settings.s3_bucket} gives back other bytes than were put")
    return f"bucket {settings.s3_bucket} at {settings.s3_endpoint_url or 'AWS'}: put, get and delete work"


def _key(provider: Provider) -> Callable[[Settings], str]:
    def check(settings: Settings) -> str:
        settings.api_key(provider)
        return "not needed, the sandbox stands in" if settings.sandbox else "set"

    return check


def _reachable(provider: Provider) -> Callable[[Settings], str]:
    """Open a connection to the provider's root page; no path of its API is asked."""

    def check(settings: Settings) -> str:
        url = settings.base_url(provider)
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
        try:
            httpx.head(root, timeout=CONNECT_TIMEOUT_S)
        except httpx.HTTPError as error:
            raise SettingsError(
                f"{root} does not answer ({type(error).__name__}): check the network and the base URL"
            ) from None
        return f"{root} answers"

    return check


def _dagster(settings: Settings) -> str:
    named = os.environ.get("DAGSTER_HOME")
    if not named:
        raise SettingsError('DAGSTER_HOME is not set, so Dagster would forget every run: run `eval "$(dropship env)"`')
    if not (Path(named) / "dagster.yaml").exists():
        raise SettingsError(f"{named} has no dagster.yaml: run `dropship up`, or set DAGSTER_HOME to your instance")
    own = Path(named).resolve() == settings.dagster_home
    return f"{named}, " + ("with its storage in the local Postgres" if own else "an instance of your own")
