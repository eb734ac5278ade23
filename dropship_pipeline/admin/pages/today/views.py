"""The bar of views on Today: the four that there always are, saved ones, the search, and saving what is shown."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.pair import REVIEW
from dropship_pipeline.admin.pages.ui.forms import Filled, field, form
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, button
from dropship_pipeline.storage.review.marks import MARK_FILTERS, MarkFilter
from dropship_pipeline.storage.review.saved_views import MAX_NAME_CHARS, SavedViews
from dropship_pipeline.storage.sellers.filters import SellerFilters

MAX_SEARCH = 200
# A plain click shows the view on this page; one that wants a tab or a window of its own stays a link.
_IN_PLACE = """(event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    emit();
}"""
VIEWS: dict[MarkFilter, str] = {"to_review": "To review", "starred": "Starred", "hidden": "Hidden", "all": "All"}


class Views:
    """Which sellers Today shows, as its address says.

    Args:
        frame: the page.
        changed: shows the list again after another search.
    """

    def __init__(self, frame: Frame, changed: Callable[[], Awaitable[None]]) -> None:
        self._frame = frame
        self._changed = changed
        visit = frame.visit
        self._saved = SavedViews(visit.services.database, visit.org)
        asked = visit.request.query_params
        marks: MarkFilter = next((name for name in MARK_FILTERS if name == asked.get("view")), "to_review")
        self.filters = SellerFilters(marks=marks, search=asked.get("search", "")[:MAX_SEARCH])
        self._shown = _address(self.filters)
        self._links: dict[MarkFilter, Tag] = {}
        self._saved_links: list[tuple[str, Tag]] = []

    async def draw(self) -> None:
        """Draw the bar here."""
        saved = await asyncio.to_thread(self._saved.list)
        with Tag("div", "", "today-views"):
            with Tag("nav", "", "nav", aria_label="Views"), Tag("ul"):
                for view, name in VIEWS.items():
                    choose = self._frame.act(partial(self._choose, view))
                    self._links[view] = _link(name).on("click", choose, js_handler=_IN_PLACE)
                for kept in saved:
                    self._saved_links.append((kept.address, _link(kept.name, kept.address, title="Saved view")))
            self._point(self.filters)
            changed = self._frame.act(self._search)
            with Tag("search"), form("Search", "filters", changed=changed, sent=changed):
                words = self.filters.search
                box = field("Search by name", "search", words, type="search", placeholder="Part of a name")
                box.classes("today-search")
            if self._frame.visit.principal.may(REVIEW):
                with Tag("details"):
                    Tag("summary", "Save this view")
                    with form("Save this view", "with-button", sent=self._frame.act(self._save, REVIEW)):
                        field("Name of the view", "name", maxlength=MAX_NAME_CHARS)
                        button("Save", type="submit")

    async def _save(self, event: GenericEventArguments) -> None:
        name, address = Filled.of(event).text("name"), _address(self.filters)
        await asyncio.to_thread(self._saved.save, name, address, by=self._frame.visit.principal.name)
        ui.navigate.to(address)

    async def _choose(self, view: MarkFilter, _: GenericEventArguments) -> None:
        await self._show(replace(self.filters, marks=view))

    async def _search(self, event: GenericEventArguments) -> None:
        await self._show(replace(self.filters, search=Filled.of(event).text("search")[:MAX_SEARCH]))

    async def _show(self, filters: SellerFilters) -> None:
        self.filters = filters
        await self._changed()

    def follow(self, shown: SellerFilters) -> None:
        """Say in the bar and the address what is shown now; sent with the rows, since a browser draws once for both."""
        address = _address(shown)
        if self._shown != address:
            self._shown = address
            ui.navigate.history.replace(address)
            self._point(shown)

    def _point(self, shown: SellerFilters) -> None:
        """Mark where the person is; the other views keep what was searched for."""
        for view, link in self._links.items():
            link.put("href", _address(replace(shown, marks=view)))
            link.put("aria-current", "page" if view == shown.marks else None)
        for address, link in self._saved_links:
            link.put("aria-current", "page" if address == _address(shown) else None)


def _link(name: str, address: str | None = None, *, title: str | None = None) -> Tag:
    with Tag("li"):
        return Tag("a", name, href=address, title=title)


def _address(filters: SellerFilters) -> str:
    values = {"view": "" if filters.marks == "to_review" else filters.marks, "search": filters.search}
    given = {name: value for name, value in values.items() if value}
    return f"/?{urlencode(given)}" if given else "/"
