"""`dropship doctor`: checks every setting and connection, and says in one line each what is wrong and what to do.

It changes nothing, never calls what costs money, and never repeats a secret.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx

from dropship_pipeline.errors import CollectionError, SettingsError
from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline.models import PROVIDERS, Provider
from dropship_pipeline.settings import Settings, load_settings
from dropship_pipeline.storage.database import migrate
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.sessions import require_sessions
from dropship_pipeline.storage.objects import object_store
from dropship_pipeline.surroundings import is_loopback, route

CONNECT_TIMEOUT_S = 10.0
PROBE_FOLDER = "doctor/"


class Note(Exception):
    """Nothing is wrong, but somebody may miss something; the message says what."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was checked, how it is, and one sentence about it."""

    subject: str
    state: Literal["ok", "note", "WRONG"]
    message: str


def examine() -> Iterator[Diagnosis]:
    """Check everything, in the order in which one part needs another."""
    try:
        settings = load_settings()
    except SettingsError as error:
        yield Diagnosis("settings", "WRONG", str(error))
        return
    yield Diagnosis("settings", "ok", "every variable can be read")
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("home", _home),
        ("stack", _stack),
        ("postgres", _postgres),
        ("s3", _s3),
        *((f"{provider} key", _key(provider)) for provider in PROVIDERS),
        *((provider, _provider(provider)) for provider in PROVIDERS),
        ("image hosts", _image_hosts),
        ("dagster", _dagster),
    )
    for subject, check in checks:
        try:
            yield Diagnosis(subject, "ok", check(settings))
        except Note as note:
            yield Diagnosis(subject, "note", str(note))
        except CollectionError as error:
            yield Diagnosis(subject, "WRONG", str(error))


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
        require_sessions(database)
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


def _provider(provider: Provider) -> Callable[[Settings], str]:
    def check(settings: Settings) -> str:
        parts = urlsplit(settings.base_url(provider))
        root = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
        return f"{root} answers{_reach(root)}"

    return check


def _reach(root: str) -> str:
    """Open a connection to a server's root page, for which nobody charges; return how it is reached.

    Raises:
        SettingsError: there is no way, or nobody answers.
    """
    way = route(root)
    try:
        httpx.head(root, timeout=CONNECT_TIMEOUT_S, trust_env=False, proxy=way.proxy_url, verify=way.verify)
    except httpx.HTTPError as error:
        raise SettingsError(
            f"{root} does not answer{way.words} ({type(error).__name__}): check the network and its address"
        ) from None
    return way.words


def _image_hosts(settings: Settings) -> str:
    """Every host that images may be fetched from, all at once: each may take its time to be silent."""
    hosts = settings.allowed_image_hosts if not settings.sandbox else settings.allowed_image_hosts[-1:]
    with ThreadPoolExecutor(max(1, len(hosts))) as threads:
        problems = [problem for problem in threads.map(_image_host, hosts) if problem]
    if problems:
        raise SettingsError("; ".join(problems))
    return f"{', '.join(hosts)} answer"


def _image_host(host: str) -> str | None:
    scheme = "http" if is_loopback(f"http://{host}") else "https"
    try:
        _reach(f"{scheme}://{host}/")
    except SettingsError as error:
        return str(error)
    return None


def _dagster(settings: Settings) -> str:
    named, local = os.environ.get("DAGSTER_HOME"), StackHome(settings.home).dagster_home
    if not named:
        missing = 'DAGSTER_HOME is not set: `eval "$(dropship env)"` before you run `dagster` in this shell'
        if (local / "dagster.yaml").exists():
            raise Note(f"{missing}, or it forgets its runs; the stack and its pages need nothing")
        raise SettingsError(f"{missing}, or it forgets every run")
    if not (Path(named) / "dagster.yaml").exists():
        raise SettingsError(f"{named} has no dagster.yaml: run `dropship up`, or set DAGSTER_HOME to your instance")
    beside_stack = Path(named).resolve() == local
    return f"{named}, " + ("with its storage in the local Postgres" if beside_stack else "an instance of your own")
