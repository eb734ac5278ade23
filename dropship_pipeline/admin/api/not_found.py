"""Answers of the API for paths without a route: the pages behind it would take any path."""

from collections.abc import Iterable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from dropship_pipeline.admin import problems

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class NoRoute:
    """404 for a path that nobody has, 405 for a method that its path does not know."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that no route took."""
        await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path, allowed = request.url.path, sorted(self._methods(request.scope))
        if not allowed:
            return problems.response(404, "not_found", problems.ADVICE[404], path)
        return problems.response(
            405, "method_not_allowed", problems.ADVICE[405], path, headers={"Allow": ", ".join(allowed)}
        )

    def _methods(self, scope: Scope) -> Iterable[str]:
        """The methods under which a route knows the path; only the routes can tell."""
        for method in METHODS:
            tried = {**scope, "method": method}
            if any(route.matches(tried)[0] is Match.FULL for route in self._routes):
                yield method
