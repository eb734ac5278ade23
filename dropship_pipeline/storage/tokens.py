"""api_tokens and login_links: only hashes are kept; a token can be read once, when it is made."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Select, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import api_tokens, ended_sessions, login_links, orgs

PREFIX = "dsp_"
SECRET_BYTES = 32
# Longer texts are no token of ours, and are not worth a hash.
MAX_TOKEN_CHARS = 200
PERMISSIONS = ("collection.read", "collection.review", "collection.run", "admin.*")
LINK_LIFETIME = timedelta(minutes=10)
USE_NOTED_EVERY = timedelta(minutes=1)
MAX_NAME_CHARS = 200
MAX_LISTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as its row says; never the token itself."""

    id: int
    org_id: str
    name: str
    permissions: Sequence[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token, with its secret, which can be read only now."""

    token: Token
    secret: SecretStr


_COLUMNS = tuple(api_tokens.c[name] for name in Token.__dataclass_fields__)
_GOOD = api_tokens.c.revoked_at.is_(None) & or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > func.now())
_TO_NOTE = or_(api_tokens.c.last_used_at.is_(None), api_tokens.c.last_used_at < func.now() - USE_NOTED_EVERY)
# Every request asks one of these, every picture of a page too, so they are put together once.
_OF_SECRET = select(*_COLUMNS, _TO_NOTE.label("to_note")).where(api_tokens.c.token_hash == bindparam("hashed"), _GOOD)
_OF_ID = select(*_COLUMNS, _TO_NOTE.label("to_note")).where(api_tokens.c.id == bindparam("token_id"), _GOOD)
_OF_SESSION = _OF_ID.where(
    ~select(ended_sessions.c.session).where(ended_sessions.c.session == bindparam("session")).exists()
)


class Tokens:
    """The tokens of all orgs. Every method is one transaction and raises StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, name: str, permissions: Sequence[str], *, org: str, expires_in: timedelta | None = None
    ) -> MadeToken:
        """Make a token.

        Args:
            name: for people, to tell tokens apart.
            permissions: some of `PERMISSIONS`.
            org: whose data it opens.
            expires_in: how long it is good for; None for until it is revoked.

        Raises:
            RequestInvalid: no such permission, or a name or org that cannot be.
        """
        _check(name, permissions, org)
        secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        row = {
            "org_id": org,
            "name": name,
            "token_hash": _hashed(secret),
            "permissions": sorted(set(permissions)),
            "expires_at": None if expires_in is None else func.now() + expires_in,
        }
        with self._database.begin() as connection:
            connection.execute(insert(orgs).values(id=org).on_conflict_do_nothing())
            made = connection.execute(insert(api_tokens).values(row).returning(*_COLUMNS)).mappings().one()
        return MadeToken(Token(**made), SecretStr(secret))

    def verify(self, secret: str) -> Token | None:
        """The token that `secret` is, None if there is none, or it has expired or been revoked."""
        if not secret.startswith(PREFIX) or len(secret) > MAX_TOKEN_CHARS:
            return None
        return self._used(_OF_SECRET, hashed=_hashed(secret))

    def of_session(self, token_id: int, session: str) -> Token | None:
        """The token that a session began with, None if it is no longer good or the session was ended."""
        return self._used(_OF_SESSION, token_id=token_id, session=session)

    def end_session(self, session: str, lifetime: timedelta) -> None:
        """Make a session useless from now on.

        Args:
            session: its id.
            lifetime: after which it would have ended by itself.
        """
        with self._database.begin() as connection:
            connection.execute(ended_sessions.delete().where(ended_sessions.c.expires_at < func.now()))
            row = {"session": session, "expires_at": func.now() + lifetime}
            connection.execute(insert(ended_sessions).values(row).on_conflict_do_nothing())

    def find(self, token_id: int) -> Token | None:
        """The token of this number, None if there is none, or it has expired or been revoked."""
        return self._used(_OF_ID, token_id=token_id)

    def _used(self, query: Select[Any], **values: str | int) -> Token | None:
        """The token that a query finds; that it is used is noted, but not at every request."""
        with self._database.begin() as connection:
            row = connection.execute(query, values).mappings().one_or_none()
            if row is None:
                return None
            if row["to_note"]:
                noted = update(api_tokens).where(api_tokens.c.id == row["id"], _TO_NOTE)
                connection.execute(noted.values(last_used_at=func.now()))
        return Token(**{name: value for name, value in row.items() if name != "to_note"})

    def list(self, org: str) -> "list[Token]":
        """The org's tokens, newest first, revoked and expired ones too."""
        query = select(*_COLUMNS).where(api_tokens.c.org_id == org).order_by(api_tokens.c.id.desc()).limit(MAX_LISTED)
        with self._database.begin() as connection:
            return [Token(**row) for row in connection.execute(query).mappings()]

    def revoke(self, token_id: int, *, org: str) -> bool:
        """Make a token useless from now on; False if the org has none of this number that is not revoked yet."""
        ours = (api_tokens.c.id == token_id, api_tokens.c.org_id == org, api_tokens.c.revoked_at.is_(None))
        with self._database.begin() as connection:
            done = connection.execute(update(api_tokens).where(*ours).values(revoked_at=func.now()))
        return done.rowcount == 1

    def any(self) -> bool:
        """Whether anybody could come in."""
        with self._database.begin() as connection:
            return bool(connection.execute(select(select(api_tokens.c.id).where(_GOOD).exists())).scalar_one())

    def make_login_link(self, token_id: int, lifetime: timedelta = LINK_LIFETIME) -> SecretStr:
        """Make a code that logs in once as the holder of a token, for at most ten minutes.

        The code belongs behind `/login/once/` of the admin page.
        """
        code = secrets.token_urlsafe(SECRET_BYTES)
        row = {
            "link_hash": _hashed(code),
            "token_id": token_id,
            "expires_at": func.now() + min(lifetime, LINK_LIFETIME),
        }
        with self._database.begin() as connection:
            connection.execute(login_links.delete().where(login_links.c.expires_at < func.now()))
            connection.execute(insert(login_links).values(row))
        return SecretStr(code)

    def use_login_link(self, code: str) -> Token | None:
        """Use a code up; return its token, or None if it is used, too old or does not exist."""
        if len(code) > MAX_TOKEN_CHARS:
            return None
        unused = (
            login_links.c.link_hash == _hashed(code),
            login_links.c.used_at.is_(None),
            login_links.c.expires_at > func.now(),
        )
        use = update(login_links).where(*unused).values(used_at=func.now()).returning(login_links.c.token_id)
        with self._database.begin() as connection:
            token_id = connection.execute(use).scalar_one_or_none()
        return None if token_id is None else self.find(token_id)


def _check(name: str, permissions: Sequence[str], org: str) -> None:
    unknown = sorted(set(permissions) - set(PERMISSIONS))
    if unknown or not permissions:
        raise RequestInvalid(
            f"{', '.join(unknown) or 'No permission'} is not a permission: choose from {', '.join(PERMISSIONS)}"
        )
    for what, text in (("name", name), ("org", org)):
        if not text.strip() or len(text) > MAX_NAME_CHARS or not text.isprintable():
            raise RequestInvalid(f"The {what} of a token has 1 to {MAX_NAME_CHARS} printable characters")


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", errors="replace")).hexdigest()
