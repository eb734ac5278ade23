"""How the columns of a list are chosen, and how it is sorted by their headings."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.ui.forms import Filled, form, tick
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Column, Table, Tag

Row = TypeVar("Row")
# A column, and what its cell of a row says; None where the page fills the cell.
Cell = tuple[Column, Callable[[Row], str | None]]


def shown(cells: Mapping[str, Cell[Row]], asked: Iterable[str], usual: Iterable[str]) -> dict[str, Cell[Row]]:
    """The columns that are asked for by the names that addresses have for them; the usual ones where none is."""
    wanted = [name for name in asked if name in cells] or list(usual)
    return {name: cell for name, cell in cells.items() if name in wanted}


def column_form(
    frame: Frame,
    cells: Mapping[str, Cell[Row]],
    chosen: Iterable[str],
    choose: Callable[[tuple[str, ...]], Awaitable[None]],
) -> None:
    """Boxes of which each is a column; `choose` is told which are ticked, in their order."""
    shown = set(chosen)

    async def change(event: GenericEventArguments) -> None:
        filled = Filled.of(event)
        await choose(tuple(name for name in cells if filled.checked(name)))

    changed = frame.act(change)
    with Tag("details", "", "more-filters"):
        Tag("summary", "Columns")
        with form("Columns", "filters", changed=changed, sent=changed):
            for name, (column, _) in cells.items():
                tick(column.label, name, value=name in shown)


def sorters(frame: Frame, table: Table, sort: Callable[[str], Awaitable[None]]) -> None:
    """Make buttons of the headings by which a list is sorted; `sort` is told which was pressed."""
    for column in table.columns:
        if column.key is not None:
            with table.headings[column.key]:
                button = Tag("button", column.label, "sort", type="button")
                button.on("click", frame.act(_pressed(column.key, sort)))


def _pressed(key: str, sort: Callable[[str], Awaitable[None]]) -> Callable[[GenericEventArguments], Awaitable[None]]:
    async def press(_: GenericEventArguments) -> None:
        await sort(key)

    return press


def show_order(table: Table, key: str, *, descending: bool) -> None:
    """Mark the heading by which the list is sorted."""
    for name, heading in table.headings.items():
        heading.put("aria-sort", ("descending" if descending else "ascending") if name == key else None)
