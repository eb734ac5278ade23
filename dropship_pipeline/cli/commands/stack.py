"""`dropship up`, `login`, `down`, `demo`, `doctor`, `env`, `migrate`: the local stack and the settings.

Each imports what it works with when it is called: `env` needs none of the servers that `up` starts.
"""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from dropship_pipeline.cli.terminal import plain_errors, say
from dropship_pipeline.errors import CollectionError
from dropship_pipeline.localstack.home import DEFINITIONS, StackHome
from dropship_pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from dropship_pipeline.localstack.supervisor import Supervisor

EXAMPLE = Path("examples") / "collect_and_store.yaml"
INTERRUPTED = "interrupted, everything is stopped"


class OwnSettings(Settings):
    """The settings without what a stack wrote about itself: what the user wants, not what ran last."""

    reads_stack: ClassVar[bool] = False


def up(
    *,
    services_only: Annotated[
        bool,
        typer.Option(
            "--services-only",
            "--no-ui",
            help="Without Dagster's user interface and daemon, and without the admin page.",
        ),
    ] = False,
) -> None:
    """Start PostgreSQL, S3, the sandbox if no key is set, Dagster and the admin page; stop them all at Ctrl-C."""
    from dropship_pipeline.localstack.supervisor import Supervisor  # noqa: PLC0415

    with plain_errors(INTERRUPTED):
        supervisor = Supervisor(load_settings(OwnSettings), ui=not services_only, say=typer.echo)
        typer.echo(f"Starting in {supervisor.home.path}")
        with supervisor.running():
            for line in _whereabouts(supervisor):
                typer.echo(line)
            supervisor.watch()
            typer.echo("Stopping")
        typer.echo("Everything is stopped")


def _whereabouts(supervisor: "Supervisor") -> Iterator[str]:
    ports = supervisor.home.state.ports
    yield f"  PostgreSQL  127.0.0.1:{ports['postgres']}, databases dropship and dagster"
    yield f"  S3          {supervisor.s3.endpoint_url}, bucket dropship"
    if supervisor.marketplace:
        yield f"  Sandbox     {supervisor.marketplace.url}, stands in for both marketplaces: no API key is set"
    else:
        yield "  Sandbox     not started: an API key or base URL is set, so runs cost credits"
    if supervisor.webserver:
        yield f"  Dagster     {supervisor.webserver.url}"
    if supervisor.admin:
        yield f"  Admin page  {supervisor.admin.url}"
        yield f"  Log in      {_login_line(supervisor.admin.url)}"
    yield from _overrides(supervisor)
    yield "Run a job beside it, in another terminal:"
    yield f"  export DAGSTER_HOME={shlex.quote(str(supervisor.home.dagster_home))}"
    yield f"  dagster job execute -m {DEFINITIONS} -j collect_and_store -c {EXAMPLE}"
    yield "Ctrl-C stops everything."


def _login_line(admin_url: str) -> str:
    try:
        link = _login_link(admin_url)
    except CollectionError as error:
        return f"not possible now: {error}"
    return f"{link}  (once, within 10 minutes; `dropship login` prints another)"


def login() -> None:
    """Print a link that logs in to the admin page, once and within 10 minutes."""
    with plain_errors():
        typer.echo(_login_link())


def _login_link(admin_url: str | None = None) -> str:
    from dropship_pipeline.localstack.admin import login_link  # noqa: PLC0415

    settings = load_settings()
    return login_link(settings.require_database_url(), settings.org, admin_url or settings.admin_url)


def _overrides(supervisor: "Supervisor") -> Iterator[str]:
    """Settings of the user's that win over the stack's, which is easily forgotten."""
    own = load_settings(OwnSettings)
    if own.database_url is not None:
        yield "  Note        DROPSHIP_DATABASE_URL is set: rows go there, not to the stack's PostgreSQL"
    if own.s3_endpoint_url is not None and own.s3_endpoint_url != supervisor.s3.endpoint_url:
        yield "  Note        DROPSHIP_S3_ENDPOINT_URL is set: images go there, not to the stack's S3"


def down() -> None:
    """Stop the stack of this folder, or what a killed one left behind."""
    from dropship_pipeline.localstack.supervisor import stop_elsewhere  # noqa: PLC0415

    with plain_errors(INTERRUPTED):
        stopped = stop_elsewhere(load_settings(OwnSettings).home)
        typer.echo("Everything is stopped" if stopped else "Nothing was running")


def demo(
    config: Annotated[
        Path | None,
        typer.Option(help="Run configuration (YAML) of collect_and_store; that of examples/ where there is one."),
    ] = None,
) -> None:
    """Start a stack, run both jobs on the sandbox marketplace, show what they found, stop everything."""
    from dropship_pipeline.localstack.demo import run_demo  # noqa: PLC0415

    with plain_errors(INTERRUPTED):
        # Installed as a package there are no examples: then the job's own defaults are as good.
        chosen = config or (EXAMPLE if EXAMPLE.exists() else None)
        code = run_demo(load_settings(OwnSettings), chosen, _say, _replace_line)
        raise typer.Exit(code)


def _say(text: str) -> None:
    _replace_line("")
    for line in text.splitlines():
        say(line)


def _replace_line(text: str) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K{text}")
        sys.stdout.flush()


def doctor() -> None:
    """Check every setting and connection; exit code 1 if something is wrong."""
    from dropship_pipeline.doctor import examine  # noqa: PLC0415

    diagnoses = list(examine())
    width = max(len(diagnosis.subject) for diagnosis in diagnoses)
    for diagnosis in diagnoses:
        typer.echo(f"{diagnosis.state:<5}  {diagnosis.subject:<{width}}  {diagnosis.message}")
    raise typer.Exit(0 if all(diagnosis.state != "WRONG" for diagnosis in diagnoses) else 1)


def env() -> None:
    """Print what a shell needs to run Dagster beside the stack: `eval "$(dropship env)"`."""
    with plain_errors():
        home = StackHome(load_settings(OwnSettings).home)
        # The last for `dagster job execute` and `dagster asset`, which look for the definitions nowhere else.
        for name, value in {**home.dagster_environment(), "DAGSTER_MODULE_NAME": DEFINITIONS}.items():
            typer.echo(f"export {name}={shlex.quote(value)}")


def migrate() -> None:
    """Bring the tables of DROPSHIP_DATABASE_URL up to date."""
    from dropship_pipeline.storage.database.migrate import upgrade  # noqa: PLC0415

    with plain_errors():
        upgrade(load_settings().require_database_url())
        typer.echo("The tables are up to date")
