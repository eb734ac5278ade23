"""`dropship token create`, `list`, `revoke`: tokens for the admin page and its API."""

import re
from datetime import datetime, timedelta
from typing import Annotated

import typer

from dropship_pipeline.cli.stores import open_stores
from dropship_pipeline.cli.terminal import Columns, plain_errors, say, show_table
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.tokens import PERMISSIONS, Token, Tokens

MAX_DAYS = 3_650
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_COLUMNS: Columns = {
    "token": "right", "name": "left", "permissions": "left", "state": "left", "expires (UTC)": "left",
    "last used (UTC)": "left", "created (UTC)": "left",
}  # fmt: skip

Org = Annotated[str | None, typer.Option(help="Whose data; by default that of DROPSHIP_ORG.")]


def create(
    name: Annotated[str, typer.Argument(help="For people, to tell tokens apart.")],
    *,
    permission: Annotated[
        list[str], typer.Option(help=f"What it may do: {', '.join(PERMISSIONS)}. Can be given several times.")
    ],
    org: Org = None,
    expires: Annotated[str | None, typer.Option(help="How long it is good for, such as 90d, 12h or 4w.")] = None,
) -> None:
    """Make a token and print it, once; only its hash is kept."""
    with plain_errors(), open_stores() as stores:
        lifetime = None if expires is None else _duration(expires)
        made = Tokens(stores.database).create(name, permission, org=org or stores.settings.org, expires_in=lifetime)
        say(made.secret.get_secret_value())
        typer.echo(
            f"Token {made.token.id} of org {made.token.org_id}: keep it now, it is not shown again. "
            f"Log in with it at {stores.settings.admin_url}/login, or send it as `Authorization: Bearer …`",
            err=True,
        )


def list_tokens(org: Org = None) -> None:
    """List an org's tokens, newest first; never the tokens themselves."""
    with plain_errors(), open_stores() as stores:
        whose = org or stores.settings.org
        found = Tokens(stores.database).list(whose)
        if found:
            show_table(_COLUMNS, [_row(token) for token in found])
        else:
            say(f"Org {whose} has no token: `dropship token create NAME --permission collection.read` makes one")


def revoke(
    token: Annotated[int, typer.Argument(help="Its number, from `dropship token list`.")], org: Org = None
) -> None:
    """Make a token useless from now on, and end the sessions that began with it."""
    with plain_errors(), open_stores() as stores:
        whose = org or stores.settings.org
        if not Tokens(stores.database).revoke(token, org=whose):
            raise RequestInvalid(f"Org {whose} has no token {token} that is good; `dropship token list` lists them")
        say(f"Token {token} is revoked")


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,5})([mhdw])", text.strip())
    lifetime = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta(0)
    if not timedelta(0) < lifetime <= timedelta(days=MAX_DAYS):
        raise RequestInvalid(f"--expires {text!r} is not a time: write 30m, 12h, 90d or 4w, at most {MAX_DAYS}d")
    return lifetime


def _row(token: Token) -> tuple[object, ...]:
    return (
        token.id, token.name, " ".join(token.permissions), _state(token), _time(token.expires_at),
        _time(token.last_used_at), _time(token.created_at),
    )  # fmt: skip


def _state(token: Token) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at is not None and token.expires_at <= utc_now() else "good"


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
