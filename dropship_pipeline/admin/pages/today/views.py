"""The bar of views on Today: the four that there always are, saved ones, the search, and saving what is shown."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
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

    async def draw(self) -> None:
        """Draw the bar here."""
        saved = await asyncio.to_thread(self._saved.list)
        here = _address(self.filters)
        with Tag("div", "", "today-views"):
            with Tag("nav", "", "nav", aria_label="Views"), Tag("ul"):
                for view, name in VIEWS.items():
                    _link(name, _address(replace(self.filters, marks=view)), here=view == self.filters.marks)
                for kept in saved:
                    _link(kept.name, kept.address, here=kept.address == here, title="Saved view")
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

    async def _search(self, event: GenericEventArguments) -> None:
        self.filters = replace(self.filters, search=Filled.of(event).text("search")[:MAX_SEARCH])
        ui.navigate.history.replace(_address(self.filters))
        await self._changed()


def _link(name: str, address: str, *, here: bool, title: str | None = None) -> None:
    with Tag("li"):
        Tag("a", name, href=address, title=title, aria_current="page" if here else None)


def _address(filters: SellerFilters) -> str:
    values = {"view": "" if filters.marks == "to_review" else filters.marks, "search": filters.search}
    given = {name: value for name, value in values.items() if value}
    return f"/?{urlencode(given)}" if given else "/"
