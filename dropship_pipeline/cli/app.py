"""The command line `dropship …`: its commands, in the order in which help lists them.

Nothing is imported here but Typer; a command's module is when it is called.
"""

from typing import Annotated

import typer

from dropship_pipeline.cli.lazy import Later, group_of

COMMANDS = {
    "up": Later(
        "stack:up",
        "Start PostgreSQL, S3, the sandbox if no key is set, Dagster and the admin page; stop them all at Ctrl-C.",
    ),
    "login": Later("stack:login", "Print a link that logs in to the admin page, once and within 10 minutes."),
    "down": Later("stack:down", "Stop the stack of this folder, or what a killed one left behind."),
    "demo": Later(
        "stack:demo", "Start a stack, run both jobs on the sandbox marketplace, show what they found, stop everything."
    ),
    "doctor": Later("stack:doctor", "Check every setting and connection; exit code 1 if something is wrong."),
    "env": Later("stack:env", 'Print what a shell needs to run Dagster beside the stack: `eval "$(dropship env)"`.'),
    "migrate": Later("stack:migrate", "Bring the tables of DROPSHIP_DATABASE_URL up to date."),
    "run": Later(
        "run:run",
        "Run a job in the foreground; the exit code tells how it ended: 0 completed, 3 degraded, 4 stopped, 1 failed.",
    ),
    "runs": Later("runs:runs", "List collection runs, newest first."),
    "status": Later("runs:status", "Show one run whole, with its last errors."),
    "stop": Later("runs:stop", "Ask a running run to stop; it keeps what it has."),
    "resume": Later(
        "resume:resume", "Go on with a run that stopped, failed or was killed; what was paid for is not paid for again."
    ),
    "replay": Later(
        "run:replay", "Judge a seller search again from its kept answers, with today's code; nothing is asked or paid."
    ),
    "sellers": Later("sellers:sellers", "List sellers: how likely each sells what Amazon ships, and what was found."),
    "why": Later(
        "review.why:why",
        "Show why a seller or a listing counts: match, reasons, search, what it cost, and the raw answer.",
    ),
    "diff": Later(
        "review.diff:diff", "Show what changed between two runs of collect_sellers: sellers, listings and prices."
    ),
    "mark": Later("review.mark:mark", "Say of sellers what you think: star, hide, tag, note."),
    "forecast": Later(
        "forecast:forecast_run",
        "Print the calls, credits, money and time that a run is expected to take; nothing is asked or paid.",
    ),
    "backup": Later(
        "backup:backup",
        "Copy the database and every object to a folder; what an earlier backup there has is not copied again.",
    ),
    "restore": Later(
        "backup:restore",
        "Bring a backup back into an empty database and bucket, such as those of a new `dropship up --services-only`.",
    ),
    "metrics": Later("metrics:metrics", "Write the org's metrics in Prometheus' text format."),
    "prune": Later("prune:prune", "Remove old raw answers, and old images that no row names."),
    "worker": Later(
        "worker:worker",
        "Execute the steps of a queue, one at a time, until Ctrl-C; needs DROPSHIP_EXECUTOR=celery and a Redis.",
    ),
}
EXPORT = {
    "sellers": Later("export:sellers", "Write all sellers, however many there are."),
    "products": Later("export:products", "Write all products, however many there are."),
    "labels": Later("export:labels", "Write what people said of matches, as labelled pairs (CSV) to learn from."),
}
SCHEDULE = {
    "set": Later("schedule:set_schedule", "Change the schedule and turn it on; what is not named stays as it is."),
    "show": Later("schedule:show", "Show the schedule, its next times and its last result."),
    "on": Later("schedule:on", "Turn the schedule on."),
    "off": Later("schedule:off", "Turn the schedule off; a run that has begun goes on."),
}
TOKEN = {
    "create": Later("tokens:create", "Make a token and print it, once; only its hash is kept."),
    "list": Later("tokens:list_tokens", "List an org's tokens, newest first; never the tokens themselves."),
    "revoke": Later("tokens:revoke", "Make a token useless from now on, and end the sessions that began with it."),
}
GROUPS = {
    "export": (EXPORT, "Write what was collected, or said of it, to a file."),
    "schedule": (SCHEDULE, "Let a job start by itself once a month."),
    "token": (TOKEN, "Let people and programs use the admin page and its API."),
}

# Typer's own tracebacks would print local variables, and with them secrets; its coloured help costs twice as much.
app = typer.Typer(
    cls=group_of(COMMANDS),
    help="Collects what sells on Amazon and eBay.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _name, (_commands, _help) in GROUPS.items():
    _group = typer.Typer(cls=group_of(_commands), help=_help, no_args_is_help=True, rich_markup_mode=None)
    # Typer wants something of the group's own before it takes it for one.
    _group.callback()(lambda: None)
    app.add_typer(_group, name=_name, help=_help)


def _version(*, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415  (a third of what help costs)

        typer.echo(f"dropship {version('dropship-pipeline')}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=lambda wanted: _version(wanted=wanted), help="Print the version."
        ),
    ] = False,
) -> None:
    """Collects what sells on Amazon and eBay."""
