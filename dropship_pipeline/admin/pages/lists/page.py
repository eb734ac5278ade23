"""A list as a page: its columns, its order, its exports and its pages of rows; each list adds its rows and filters."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Generic, TypeVar
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.lists.query import ListQuery
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import Filled, form, tick
from dropship_pipeline.admin.pages.ui.frame import Frame, Handler
from dropship_pipeline.admin.pages.ui.markup import Cells, Column, Markup, Table
from dropship_pipeline.admin.pages.ui.pager import Pager
from dropship_pipeline.admin.pages.ui.parts import Tag, empty
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.database.cursor_pages import Count, CursorPage
from dropship_pipeline.storage.exports.documents import Format

PAGE_SIZE = 50
# The CSV is for whoever opens it with a double click; programs ask the API for theirs.
_EXPORTS: Mapping[Format, str] = {"xlsx": "Export Excel", "csv-excel": "Export CSV", "json": "Export JSON"}

Row = TypeVar("Row")
Query = TypeVar("Query", bound=ListQuery)
# A column, and what its cell of a row shows.
Cell = tuple[Column, Callable[[Row], str | Markup]]


class ListPage(ABC, Generic[Query, Row]):
    """A page that lists rows. It is drawn by `_draw_head`, the list's own filters, and `_draw_list`.

    Args:
        query: what the page's address asks for.
        columns: those of which a person chooses, by the names that addresses have for them.
        usual: the names of those that are shown where none is chosen.
    """

    row_name: ClassVar[str]
    leading: ClassVar[Sequence[Column]]  # columns that are always shown, before the others
    # A title and an advice: where the filters let nothing pass, and where there is nothing at all.
    nothing_matches: ClassVar[tuple[str, str]]
    none_yet: ClassVar[tuple[str, str]]

    def __init__(self, query: Query, columns: Mapping[str, Cell[Row]], usual: tuple[str, ...]) -> None:
        wanted = [name for name in query.columns if name in columns] or usual
        self._query = query
        self._shown: Query | None = None
        self._known, self._usual = columns, usual
        self._columns = {name: cell for name, cell in columns.items() if name in wanted}
        self._path = f"/{self.row_name}s"
        self._pager = Pager(self._show_page)
        self._rows: Sequence[Row] = ()

    @abstractmethod
    def _read(self, query: Query, cursor: str | None) -> CursorPage[Row]:
        """Read a page of rows; called in a thread."""

    @abstractmethod
    def _count(self, query: Query) -> Count:
        """Count the rows; called in a thread."""

    @abstractmethod
    def _lead(self, row: Row) -> Cells:
        """What the columns that are always shown show of a row."""

    def _draw_head(self, frame: Frame) -> Tag:
        """Draw the title and the links to exports; returns the place for more buttons."""
        self._frame = frame
        with frame.heading() as head:
            self._exports = {name: Tag("a", words, "button", download=True) for name, words in _EXPORTS.items()}
        return head

    def _draw_list(self) -> None:
        """Draw the columns to choose from, and the table without rows: the pager fills it."""
        self._shown = None  # where the page is drawn once more, its head is new, too
        name = self._path[1:].capitalize()
        self._column_form()
        with Tag("section", "", "card flush", aria_label=name):
            self._summary = Tag("p", "", "visually-hidden", role="status")
            self._table = Table(name, (*self.leading, *(column for column, _ in self._columns.values())))
            for column in self._table.columns:
                if column.key is not None:
                    with self._table.headings[column.key]:
                        button = Tag("button", column.label, "sort", type="button")
                        button.on("click", self._frame.act(self._sorter(column.key)))
            self._empty = Tag("div")
            self._pager.draw(self._frame)

    def _column_form(self) -> None:
        changed = self._frame.act(self._choose_columns)
        with Tag("details", "", "more-filters"):
            Tag("summary", "Columns")
            with form("Columns", "filters", changed=changed, sent=changed):
                for name, (column, _) in self._known.items():
                    tick(column.label, name, value=name in self._columns)

    async def _choose_columns(self, event: GenericEventArguments) -> None:
        filled = Filled.of(event)
        chosen = tuple(name for name in self._known if filled.checked(name))
        self._query = replace(self._query, columns=() if chosen == self._usual else chosen)
        ui.navigate.to(self._path + self._query.address())

    def _sorter(self, key: str) -> Handler:
        async def sort(_: GenericEventArguments) -> None:
            self._query = self._query.sorted_by(key)
            await self._pager.first()

        return sort

    async def _filter(self, event: GenericEventArguments) -> None:
        try:
            self._query = self._query.filtered(Filled.of(event))
        except RequestInvalid as error:  # half a number or date, while it is typed
            self._summary.say(str(error))
            return
        await self._pager.first()

    def _follow(self, query: Query) -> None:
        """Say in the address, the exports and the headings what is shown now; sent with the rows, to be drawn once."""
        if query == self._shown:
            return
        self._shown = query
        ui.navigate.history.replace(self._path + query.address())
        for name, link in self._exports.items():
            asked = urlencode({"format": name, **query.exported()})
            link.put("href", f"/api/collection{self._path}/export?{asked}")
        order = "descending" if query.descending else "ascending"
        for key, heading in self._table.headings.items():
            heading.put("aria-sort", order if key == query.sort else None)

    async def _show_page(self, cursor: str | None) -> str | None:
        query = self._query
        page = await self._show_rows(query, cursor)
        # Behind the rows: counting many takes longer than reading a page of them.
        words = wording.counted_rows(await asyncio.to_thread(self._count, query), self.row_name)
        self._summary.say(words)
        self._pager.say(words)
        return page.next_cursor

    async def _show_rows(self, query: Query, cursor: str | None) -> CursorPage[Row]:
        page = await asyncio.to_thread(self._read, query, cursor)
        self._follow(query)
        self._table.show((*self._lead(row), *(cell(row) for _, cell in self._columns.values())) for row in page.rows)
        self._rows = page.rows
        self._empty.clear()
        if not page.rows:
            with self._empty:
                empty(*(self.nothing_matches if query.narrowed else self.none_yet))
        return page
