"""The command line `dropship …`: its commands, in the order in which help lists them."""

import typer

from dropship_pipeline.cli.commands import backup as backup_commands
from dropship_pipeline.cli.commands import export as export_commands
from dropship_pipeline.cli.commands import forecast as forecast_command
from dropship_pipeline.cli.commands import metrics as metrics_command
from dropship_pipeline.cli.commands import prune as prune_command
from dropship_pipeline.cli.commands import runs as run_commands
from dropship_pipeline.cli.commands import schedule as schedule_commands
from dropship_pipeline.cli.commands import sellers as seller_commands
from dropship_pipeline.cli.commands import stack as stack_commands
from dropship_pipeline.cli.commands import tokens as token_commands
from dropship_pipeline.cli.commands import worker as worker_command

# Typer's own tracebacks would print local variables, and with them secrets.
app = typer.Typer(help="Collects what sells on Amazon and eBay.", no_args_is_help=True, pretty_exceptions_enable=False)
export = typer.Typer(help="Write what was collected to a file.", no_args_is_help=True)
schedule = typer.Typer(help="Let a job start by itself once a month.", no_args_is_help=True)
token = typer.Typer(help="Let people and programs use the admin page and its API.", no_args_is_help=True)

for command in (
    stack_commands.up,
    stack_commands.login,
    stack_commands.down,
    stack_commands.demo,
    stack_commands.doctor,
    stack_commands.env,
    stack_commands.migrate,
    run_commands.runs,
    run_commands.status,
    run_commands.stop,
    run_commands.resume,
    seller_commands.sellers,
):
    app.command()(command)
app.command("forecast")(forecast_command.forecast_run)
export.command("sellers")(export_commands.sellers)
export.command("products")(export_commands.products)
app.add_typer(export, name="export")
schedule.command("set")(schedule_commands.set_schedule)
schedule.command("show")(schedule_commands.show)
schedule.command("on")(schedule_commands.on)
schedule.command("off")(schedule_commands.off)
app.add_typer(schedule, name="schedule")
app.command()(backup_commands.backup)
app.command()(backup_commands.restore)
app.command()(metrics_command.metrics)
app.command()(prune_command.prune)
app.command()(worker_command.worker)
token.command("create")(token_commands.create)
token.command("list")(token_commands.list_tokens)
token.command("revoke")(token_commands.revoke)
app.add_typer(token, name="token")
