"""The admin page and its API as one FastAPI app."""

import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import PlainTextResponse
from starlette.routing import Route

from dropship_pipeline.admin import api, problems
from dropship_pipeline.admin.api.not_found import NoRoute
from dropship_pipeline.admin.api.openapi import describe
from dropship_pipeline.admin.api.parameters import only_known
from dropship_pipeline.admin.auth import login
from dropship_pipeline.admin.auth.access import Authenticator
from dropship_pipeline.admin.auth.security import Gate
from dropship_pipeline.admin.in_turn import PicturesInTurn
from dropship_pipeline.admin.services import Services
from dropship_pipeline.settings import Settings

OPENAPI_PATH = "/api/openapi.json"


def create_app(settings: Settings, *, with_pages: bool = True) -> FastAPI:
    """The app: the API, the login, and the pages, behind one gate.

    Args:
        settings: name the stores and Dagster.
        with_pages: False for the API alone.

    Raises:
        SettingsError: no database is named, or another setting does not fit.
    """
    services = Services.from_settings(settings)
    authenticator = Authenticator(settings, services.tokens)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        services.close()

    # Its own pages about the API would load scripts from another site.
    app = FastAPI(
        title="dropship", version="1", docs_url=None, redoc_url=None, openapi_url=OPENAPI_PATH, lifespan=lifespan
    )
    app.state.services, app.state.authenticator = services, authenticator
    problems.install(app)
    for router in _routers():
        app.include_router(router, dependencies=[Depends(only_known)])
    app.include_router(login.router)
    app.add_api_route("/livez", livez, include_in_schema=False)
    describe(app)
    app.router.routes.append(Route("/api/{path:path}", NoRoute(list(app.routes))))
    if with_pages:
        _add_pages(app, services)
    public = urlsplit(settings.admin_url)
    app.add_middleware(
        Gate,
        authenticator=authenticator,
        hosts=[public.hostname or ""],
        origins=[f"{public.scheme}://{public.netloc}"],
    )
    app.add_middleware(PicturesInTurn)  # outside of the gate, which asks Postgres who wants each picture
    return app


async def livez() -> PlainTextResponse:
    """Whether the process answers; it says nothing more, so that anybody may ask."""
    return PlainTextResponse("ok")


def _routers() -> list[APIRouter]:
    """The `router` of each module in `admin/api`, by name, so that none can be forgotten."""
    names = sorted(module.name for module in pkgutil.iter_modules(api.__path__))
    modules = [importlib.import_module(f"{api.__name__}.{name}") for name in names]
    return [module.router for module in modules if hasattr(module, "router")]


def _add_pages(app: FastAPI, services: Services) -> None:
    from dropship_pipeline.admin import pages  # noqa: PLC0415  (NiceGUI wants to be imported after its settings)

    pages.register(app, services)
