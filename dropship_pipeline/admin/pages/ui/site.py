"""Puts the pages on the application: NiceGUI behind our routes, one set of pages per process, our own style sheet."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from nicegui import app as nicegui_app
from nicegui import ui

from dropship_pipeline.admin import problems
from dropship_pipeline.admin.auth.access import session_principal
from dropship_pipeline.admin.auth.security import API, NOT_PAGES
from dropship_pipeline.admin.pages.answer import answer_page
from dropship_pipeline.admin.pages.collect import collect_page
from dropship_pipeline.admin.pages.history import history_page
from dropship_pipeline.admin.pages.lists.products import products_page
from dropship_pipeline.admin.pages.lists.sellers import sellers_page
from dropship_pipeline.admin.pages.match import match_page
from dropship_pipeline.admin.pages.run import run_page
from dropship_pipeline.admin.pages.schedule import schedule_page
from dropship_pipeline.admin.pages.seller import seller_page
from dropship_pipeline.admin.pages.today.page import today_page
from dropship_pipeline.admin.pages.ui import nicegui_private
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.live import Feeds
from dropship_pipeline.admin.pages.ui.parts import Tag, empty
from dropship_pipeline.admin.pages.ui.visit import READ, Site, SiteInScope, Visit, login_address, session_of, site_of
from dropship_pipeline.admin.services import Services

STATIC = Path(__file__).parents[1] / "static"
STATIC_PATH = "/static"
# How long a page may take to be drawn before its first byte; Postgres gives up after ten seconds.
RESPONSE_TIMEOUT_S = 20.0
# How long a page is kept for a browser that has lost its connection; later it is simply loaded anew.
RECONNECT_S = 15.0

Draw = Callable[[Visit], Frame]
_PAGES: dict[str, Draw] = {
    "/": today_page,
    "/collect": collect_page,
    "/sellers": sellers_page,
    "/sellers/{seller_id}": seller_page,
    "/sellers/{seller_id}/matches/{asin}/{item_id}": match_page,
    "/sellers/{seller_id}/matches/{asin}/{item_id}/answer": answer_page,
    "/products": products_page,
    "/history": history_page,
    "/history/{run_id}": run_page,
    "/schedule": schedule_page,
}


def register(app: FastAPI, services: Services) -> None:
    """Add the pages to an application that has its own routes already."""
    site = Site(app, services, Feeds(services))
    app.mount(STATIC_PATH, StaticFiles(directory=STATIC), name="static")
    app.add_middleware(SiteInScope, site=site)
    _add_pages()
    nicegui_private.begin_anew()
    nicegui_private.bind_sockets(session_of)
    ui.run_with(
        app,
        title="dropship",
        favicon=(STATIC / "favicon.svg").read_text(encoding="utf-8"),
        dark=None,
        language="en-US",
        reconnect_timeout=RECONNECT_S,
        tailwind=False,
        show_welcome_message=False,
    )


def _add_pages() -> None:
    """Add every page; a page that is added again replaces the earlier one."""
    for path, draw in _PAGES.items():
        ui.page(path, response_timeout=RESPONSE_TIMEOUT_S)(_shown(draw))
    ui.page("/{path:path}", response_timeout=RESPONSE_TIMEOUT_S)(_nowhere)
    nicegui_app.on_page_exception(_failed)


def _failed() -> None:
    """Replaces NiceGUI's error page, which shows the exception; the caller logs it."""
    _style()
    with Tag("main", "", "page"):
        Tag("h1", "Something went wrong")
        empty("This page could not be drawn", "Load it again. If it stays so, the server's log says why.")


def _shown(draw: Draw) -> Callable[[Request], Awaitable[Response | None]]:
    async def page(request: Request) -> Response | None:
        site = site_of(request)
        principal = await session_principal(request)
        if principal is None:
            return RedirectResponse(login_address(request))
        _style()
        visit = Visit(site, request, principal)
        frame = draw(visit) if principal.may(READ) else Frame(visit, "Not permitted", _refused)
        await frame.fill()
        return None

    return page


async def _refused(frame: Frame) -> None:
    frame.heading()
    empty("Your token does not let you read", f"Log out, and log in with a token that has the permission {READ}.")


async def _nowhere(request: Request, path: str) -> Response | None:
    if request.url.path.startswith((API, *NOT_PAGES)):
        return problems.response(404, "not_found", "There is nothing at this path", request.url.path)
    ui.context.client.status_code = 404
    return await _shown(lambda visit: Frame(visit, "Page not found", _missing))(request)


async def _missing(frame: Frame) -> None:
    frame.heading()
    empty("There is no page at this address", "Choose one from the navigation above.")


def _style() -> None:
    nicegui_private.leave_main_to(ui.context.client)
    ui.add_head_html(f'<link rel="stylesheet" href="{STATIC_PATH}/app.css?v={_version()}">')


def _version() -> str:
    """The version of the style sheet, so that no browser keeps an old one."""
    return hashlib.sha256((STATIC / "app.css").read_bytes()).hexdigest()[:12]
