"""Finds out who asks: a bearer token or the session cookie becomes a principal of one org with permissions.

The cookie is signed and holds the token's number, never the token; the token's row is looked at for every request, so
that revoking one also ends the sessions that began with it.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from fastapi import HTTPException, Request, Response
from itsdangerous import BadData, URLSafeTimedSerializer
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection
from starlette.types import Scope

from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.tokens import Token, Tokens

Permission = Literal["admin.*", "collection.read", "collection.review", "collection.run"]
# Permissions of which each also opens what `collection.read` opens.
ALSO_READ = ("collection.review", "collection.run")
SESSION_COOKIE = "dropship_session"
SESSION_S = 24 * 3600
NONCE_BYTES = 16
FAILURES_PER_MINUTE = 10
HOW_TO_GET_IN = "`dropship token create NAME --permission collection.read` makes one"
_PRINCIPAL = "dropship.principal"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, for which org, with which permissions; `session` is the id of a browser's session, None without one."""

    token_id: int
    org: str
    name: str
    permissions: frozenset[str]
    session: str | None = None

    def may(self, permission: str) -> bool:
        """Whether `permission` is held: `admin.*` holds all, those of `ALSO_READ` also read."""
        if "admin.*" in self.permissions or permission in self.permissions:
            return True
        return permission == "collection.read" and not self.permissions.isdisjoint(ALSO_READ)


class TooManyFailures(Exception):
    """So many wrong tokens came from one address that its next wrong one is not answered as usual."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many wrong tokens from this address; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Authenticator:
    """Identifies principals, and makes and reads the session cookie.

    Args:
        settings: the secret that signs cookies, and whether the page is served by HTTPS.
    """

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        secret = settings.session_secret.get_secret_value() if settings.session_secret else secrets.token_urlsafe(32)
        self._signer = URLSafeTimedSerializer(secret, salt="dropship session")
        self._tokens = tokens
        self._secure = settings.admin_url.startswith("https://")
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerMinute(FAILURES_PER_MINUTE)

    async def identify(self, scope: Scope) -> Principal | None:
        """The principal of a request or websocket; None for a stranger.

        Raises:
            TooManyFailures: one more wrong token from an address that had too many.
            StorageUnavailable: Postgres does not answer.
        """
        connection = HTTPConnection(scope)
        if "authorization" in connection.headers:
            scheme, _, secret = connection.headers["authorization"].partition(" ")
            return await self.holder(secret.strip() if scheme.lower() == "bearer" else "", scope)
        return await self._of_cookie(connection.cookies)

    async def holder(self, secret: str, scope: Scope) -> Principal | None:
        """The principal who holds this token; a wrong one counts against the address that it came from.

        Raises:
            TooManyFailures: one more wrong token from an address that had too many.
            StorageUnavailable: Postgres does not answer.
        """
        return self._principal(await asyncio.to_thread(self._tokens.verify, secret), scope)

    def count_failure(self, scope: Scope) -> None:
        """Count a wrong token or link against the address that it came from; good tokens are never held up.

        Raises:
            TooManyFailures: the address had too many.
        """
        address = (scope.get("client") or ("unknown", 0))[0]
        if not self._limiter.hit(self._limit, address):
            reset = self._limiter.get_window_stats(self._limit, address).reset_time
            raise TooManyFailures(max(1, round(reset - time.time())))

    async def by_login_link(self, code: str, scope: Scope) -> Principal | None:
        """Use a login link up; return the principal that it logs in.

        Raises:
            TooManyFailures: one more wrong link from an address that had too many.
            StorageUnavailable: Postgres does not answer.
        """
        return self._principal(await asyncio.to_thread(self._tokens.use_login_link, code), scope)

    def _principal(self, token: Token | None, scope: Scope) -> Principal | None:
        if token is None:
            self.count_failure(scope)
            return None
        return principal(token)

    async def advice(self) -> str:
        """How to get in, for a request without a login; it depends on whether any token exists.

        Raises:
            StorageUnavailable: Postgres does not answer.
        """
        if await asyncio.to_thread(self._tokens.any):
            return f"Send a valid token in the header `Authorization: Bearer …`; {HOW_TO_GET_IN}"
        return f"There is no token yet: {HOW_TO_GET_IN}. Send it in the header `Authorization: Bearer …`"

    async def login_advice(self) -> str:
        """What the login page says about where tokens come from, as HTML. Raises StorageUnavailable."""
        none = "" if await asyncio.to_thread(self._tokens.any) else "There is no token yet. "
        return (
            f"{none}<code>dropship login</code> prints a link that logs you in once; "
            "<code>dropship token create NAME --permission admin.*</code> makes a token."
        )

    async def _of_cookie(self, cookies: Mapping[str, str]) -> Principal | None:
        session = self._session(cookies)
        if session is None:
            return None
        token = await asyncio.to_thread(self._tokens.of_session, session["token"], session["nonce"])
        return None if token is None else replace(principal(token), session=session["nonce"])

    def _session(self, cookies: Mapping[str, str]) -> dict[str, Any] | None:
        """The content of the cookie: the number of a token and the id of the session; None without a cookie."""
        try:
            session: dict[str, Any] = self._signer.loads(cookies.get(SESSION_COOKIE, ""), max_age=SESSION_S)
        except BadData:
            return None
        return session

    def begin_session(self, response: Response, who: Principal) -> None:
        """Set the session cookie."""
        value = self._signer.dumps({"token": who.token_id, "nonce": secrets.token_urlsafe(NONCE_BYTES)})
        response.set_cookie(
            SESSION_COOKIE, value, max_age=SESSION_S, httponly=True, samesite="lax", secure=self._secure, path="/"
        )

    async def end_session(self, request: Request, response: Response) -> None:
        """End the session, in other tabs too, and remove its cookie. Raises StorageUnavailable."""
        session = self._session(request.cookies)
        if session is not None:
            lifetime = timedelta(seconds=SESSION_S)
            await asyncio.to_thread(self._tokens.end_session, session["nonce"], lifetime)
        response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=self._secure, path="/")


def principal(token: Token) -> Principal:
    """The holder of a token."""
    return Principal(token.id, token.org_id, token.name, frozenset(token.permissions))


def require(permission: Permission) -> Callable[..., Awaitable[Principal]]:
    """A dependency of a route: the principal, who holds `permission`.

    Answers 401 to a stranger and 403 to a principal without the permission.
    """

    async def principal_with_permission(request: Request) -> Principal:
        who = await session_principal(request)
        if who is None:
            raise HTTPException(401, f"Show a token: {HOW_TO_GET_IN}", {"WWW-Authenticate": "Bearer"})
        if not who.may(permission):
            raise HTTPException(
                403, f"The token {who.name!r} lacks the permission {permission}: ask for one that has it"
            )
        return who

    # So that the permission of a route can be read from the route, as tests do.
    principal_with_permission.permission = permission  # type: ignore[attr-defined]
    return principal_with_permission


async def session_principal(connection: HTTPConnection) -> Principal | None:
    """The principal of a request or websocket, None without a login.

    The gate identifies the principal before any page or route; a connection that did not pass it is identified here.
    """
    if _PRINCIPAL in connection.scope:
        known: Principal | None = connection.scope[_PRINCIPAL]
        return known
    authenticator: Authenticator = connection.app.state.authenticator
    return await authenticator.identify(connection.scope)


def remembered(scope: Scope) -> Principal | None:
    """The principal that the gate has found for a connection, None for a stranger."""
    known: Principal | None = scope.get(_PRINCIPAL)
    return known


def remember(scope: Scope, who: Principal | None) -> None:
    """Store the principal on a request."""
    scope[_PRINCIPAL] = who
