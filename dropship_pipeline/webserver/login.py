"""The login of a Dagster webserver that other machines reach: the admin page's tokens, login page and cookie."""

from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Scope

from dropship_pipeline.admin import problems
from dropship_pipeline.admin.auth import login
from dropship_pipeline.admin.auth.access import HOW_TO_GET_IN, Authenticator, Principal, TooManyFailures, remember
from dropship_pipeline.admin.auth.security import too_many
from dropship_pipeline.errors import CollectionError
from dropship_pipeline.webserver.rules import READING, is_login

PERMISSION = "collection.run"


class LoginGate:
    """Passes requests on that show a token which may run collections.

    Args:
        org: whose Dagster this is: it shows every run, so a token of another org does not open it.
    """

    def __init__(self, authenticator: Authenticator, org: str) -> None:
        self._authenticator = authenticator
        self._org = org
        self._pages = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        self._pages.state.authenticator = authenticator
        problems.install(self._pages)
        self._pages.include_router(login.router)

    async def answer(self, scope: Scope) -> ASGIApp | None:
        """The answer to a request without a login, None for one that may pass."""
        if is_login(scope):
            return self._pages
        try:
            who = await self._authenticator.identify(scope)
        except TooManyFailures as error:
            return too_many(error, scope["path"])
        except CollectionError as error:
            return problems.before_login(error, scope["path"])
        remember(scope, who)
        return _stranger(scope) if who is None else self._not_allowed(who, scope)

    def _not_allowed(self, who: Principal, scope: Scope) -> Response | None:
        if who.may(PERMISSION) and who.org == self._org:
            return None
        detail = (
            f"The token {who.name!r} may not use the Dagster UI: log in with one of org {self._org!r} that has the "
        )
        return problems.response(403, "forbidden", f"{detail}permission {PERMISSION}", scope["path"])


def _stranger(scope: Scope) -> Response:
    path = scope["path"]
    if scope["type"] == "http" and scope["method"] in READING and _wants_page(Headers(scope=scope)):
        return RedirectResponse(f"/login?next={quote(path, safe='/')}", HTTPStatus.SEE_OTHER)
    return problems.response(
        401, "unauthorized", f"Log in first, at /login: {HOW_TO_GET_IN}", path, headers={"WWW-Authenticate": "Bearer"}
    )


def _wants_page(headers: Headers) -> bool:
    return headers.get("sec-fetch-dest", "document") == "document" and "text/html" in headers.get("accept", "")
