"""Parts of pages as HTML, and tables of them: many of them cost the server and the browser as much as one element.

Every text and every attribute is escaped; nothing but `tag` makes HTML of them.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, Tone, attribute
from dropship_pipeline.admin.pages.ui.visit import READ
from dropship_pipeline.storage.links import web_link

_WITHOUT_END = {"img", "input"}
# What is pressed is the innermost element that says what it does; whom it is about, that says of which it is.
_PRESSED = """(event) => {
    const pressed = event.target.closest('[data-do]');
    if (pressed && %s.includes(pressed.dataset.do))
        emit(pressed.dataset.do, pressed.closest('[data-of]').dataset.of, event.target.checked === true);
}"""

# To draw the button anew would take the focus from it.
_OPENED = "document.getElementById('%s')?.querySelector('[aria-expanded]')?.setAttribute('aria-expanded', '%s')"

# Is told the `data-of` of what was pressed, and whether that is a box which is ticked now.
Deed = Callable[[str, bool], Awaitable[None]]


class Markup(str):
    """HTML whose texts are escaped."""

    __slots__ = ()


def tag(name: str, *inside: str | None, **attributes: str | float | bool | None) -> Markup:
    """An HTML element.

    Args:
        name: of the tag.
        inside: texts, shown as they are, and elements; None is nothing.
        attributes: HTML attributes; `class_` becomes `class`, `aria_label` becomes `aria-label`; None leaves one out.
    """
    given = (attribute(key, value) for key, value in attributes.items())
    words = "".join(f' {key}="{escape(str(value))}"' for key, value in given if value is not None)
    content = "".join(part if isinstance(part, Markup) else escape(part or "") for part in inside)
    return Markup(f"<{name}{words}>{content}" + ("" if name in _WITHOUT_END else f"</{name}>"))


def together(*parts: Markup | None) -> Markup:
    """Elements one after the other; None is nothing."""
    return Markup("".join(part for part in parts if part))


def show(box: Tag, *inside: Markup | None) -> Tag:
    """Replace what is inside an element; it is sent to the browser only if it differs."""
    return box.put("innerHTML", together(*inside))


def on_deeds(frame: Frame, box: Tag, deeds: Mapping[str, Deed], permission: str = READ) -> None:
    """Do what elements in a box say in `data-do` when they are pressed; one listener serves them all."""

    async def pressed(event: GenericEventArguments) -> None:
        name, of, ticked = event.args
        if name in deeds:
            await deeds[name](of, ticked)

    box.on("click", frame.act(pressed, permission), js_handler=_PRESSED % json.dumps(list(deeds)))


def outside_link(text: str, url: str | None, classes: str = "", title: str | None = None) -> Markup:
    """A link to a marketplace in a tab of its own; only text where the address cannot be trusted."""
    address = web_link(url)
    if address is None:
        return tag("span", text, class_=classes, title=title)
    return tag(
        "a", text, class_=f"link {classes}", href=address, target="_blank", rel="noopener noreferrer", title=title
    )


def badge(text: str, tone: Tone = "neutral") -> Markup:
    """A word on a tinted background."""
    return tag("span", text, class_=f"badge {tone}")


def picture(source: str | None, alt: str, classes: str = "thumb") -> Markup:
    """An image of our own origin, or an empty frame that says so."""
    if source is None:
        none = tag("span", "No image", aria_hidden="true")
        return tag("span", none, class_=f"{classes} missing", role="img", aria_label=f"No image: {alt}")
    return tag("img", class_=classes, src=source, alt=alt, loading="lazy", decoding="async")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Args:
        kind: how its cells are set; `words` may be longer than there is room for, and are cut after two lines.
        key: what it is sorted by; None if it cannot be sorted.
    """

    label: str
    kind: Literal["text", "words", "number", "wide", "image"] = "text"
    key: str | None = None


# What the cells of a row show, one a column.
Cells = Sequence[str | Markup]


class Table:
    """A table that becomes a list of cards on a narrow screen; roles keep it a table for screen readers.

    Args:
        caption: what it shows, for screen readers.
    """

    def __init__(self, caption: str, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.headings: dict[str, Tag] = {}
        self._rows: list[Tag] = []
        self._below: dict[Tag, Tag] = {}
        # Without a row it is no table to a screen reader; it is shown with the first.
        self._frame = Tag("div", "", "hidden")
        with self._frame, Tag("table", "", "data", role="table"):
            Tag("caption", caption, "visually-hidden")
            with Tag("thead", role="rowgroup"), Tag("tr", role="row"):
                for column in columns:
                    self._heading(column)
            self.body = Tag("tbody", role="rowgroup")

    def show(self, rows: Iterable[Cells]) -> None:
        """Replace the rows; elements that are there show others, which costs a browser less than to make them anew."""
        for row in list(self._below):
            self.close(row)
        shown = [[table_cell(column, cell) for column, cell in zip(self.columns, row, strict=True)] for row in rows]
        while len(self._rows) > len(shown):
            self._rows.pop().delete()
        with self.body:
            self._rows += [Tag("tr", role="row") for _ in shown[len(self._rows) :]]
        for row, cells in zip(self._rows, shown, strict=True):
            show(row, *cells)
        self._frame.classes(replace="table-frame" if shown else "hidden")

    def row(self, number: int) -> Tag:
        """The row at a place, from 0."""
        return self._rows[number]

    def open(self, row: Tag) -> Tag:
        """Add a row of a single cell below a row, whose button says so; returns the cell."""
        with self.body, Tag("tr", "", "below", role="row") as added:
            cell = Tag("td", "", "whole", role="cell", colspan=len(self.columns))
        added.move(self.body, self.body.default_slot.children.index(row) + 1)
        self._below[row] = added
        _say_opened(row, opened=True)
        return cell

    def close(self, row: Tag) -> bool:
        """Remove what was added below a row; tells whether there was something."""
        added = self._below.pop(row, None)
        if added is None:
            return False
        added.delete()
        _say_opened(row, opened=False)
        return True

    def _heading(self, column: Column) -> None:
        with Tag("th", "", column.kind, role="columnheader", scope="col") as heading:
            if column.key is None:
                Tag("span", column.label)
            else:
                self.headings[column.key] = heading


def table_cell(column: Column, inside: str | Markup) -> Markup:
    """A cell of a column, which its label names where the row is a card."""
    if column.kind == "words":
        inside = tag("span", inside, class_="clamp", title=None if isinstance(inside, Markup) else inside)
    return tag("td", inside, class_=column.kind, role="cell", data_label=column.label)


def _say_opened(row: Tag, *, opened: bool) -> None:
    ui.run_javascript(_OPENED % (row.html_id, str(opened).lower()))
