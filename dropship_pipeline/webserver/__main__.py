"""`python -m dropship_pipeline.webserver`: serve the Dagster UI behind the guard."""

import argparse
import logging
import os
import signal
import sys
from urllib.parse import urlsplit

from dropship_pipeline.admin.auth.access import Authenticator
from dropship_pipeline.admin.serving import serve
from dropship_pipeline.errors import CollectionError, SettingsError
from dropship_pipeline.jobs.launching import ORG_TAG
from dropship_pipeline.settings import Settings, load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline.webserver.dagster_private import dagster_ui, module, workspace
from dropship_pipeline.webserver.guard import Guard
from dropship_pipeline.webserver.login import LoginGate
from dropship_pipeline.webserver.org_wall import OrgWall
from dropship_pipeline.webserver.orgs import OrgRules
from dropship_pipeline.webserver.rules import Rules, is_loopback, loopback_hosts, public_hosts

DEFINITIONS = "dropship_pipeline.definitions"
DEFAULT_PORT = 3000


def main() -> int:
    """Serve until a signal ends it."""
    # Uvicorn sends itself the signal again once it has stopped; as an interrupt, the code server is still ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = load_settings()
        arguments = _arguments(settings)
        _serve(arguments, settings)
    except CollectionError as error:
        sys.stderr.write(f"dropship webserver: {error}\n")
        return 1
    return 0


def _serve(arguments: argparse.Namespace, settings: Settings) -> None:
    if not os.environ.get("DAGSTER_HOME"):
        raise SettingsError('DAGSTER_HOME is not set, so no run would be found again: run `eval "$(dropship env)"`')
    rules, gate = guarding(arguments.host, arguments.port, settings)
    target = workspace(arguments.workspace) if arguments.workspace else module(arguments.module_name)
    with dagster_ui(target) as (app, instance):

        def org_of(run_id: str) -> str | None:
            run = instance.get_run_by_id(run_id)
            return None if run is None else run.tags.get(ORG_TAG, settings.org)

        guard = Guard(app, rules, gate, OrgWall(app, OrgRules(settings.org, org_of)))
        serve(guard, arguments.host, arguments.port)


def guarding(host: str, port: int, settings: Settings) -> tuple[Rules, LoginGate | None]:
    """The rules of a webserver bound to `host` and `port`, and its login unless only this machine can reach it.

    Raises:
        SettingsError: a login is needed, and no database is named.
    """
    public = public_hosts(settings.dagster_url) | frozenset(settings.dagster_hosts)
    hosts = loopback_hosts(port) | public
    if all(map(is_loopback, (host, *public))):
        return Rules(hosts), None
    gate = LoginGate(Authenticator(settings, Tokens(Database.from_settings(settings, checked=True))), settings.org)
    return Rules(hosts, login=True), gate


def _arguments(settings: Settings) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m dropship_pipeline.webserver", description="Serve the Dagster UI behind a guard."
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; others than loopback ask for a login"
    )
    parser.add_argument("--port", type=int, default=urlsplit(settings.dagster_url).port or DEFAULT_PORT)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("-m", "--module-name", default=DEFINITIONS, help="module with the Dagster definitions")
    source.add_argument("-w", "--workspace", action="append", help="workspace file; more than one may be named")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
