"""The parts of pages: semantic HTML whose texts are always text.

No part takes HTML or Markdown: a marketplace's text reaches the browser as a text node or an attribute. Where there are
hundreds that are only shown, `markup` has the same as HTML in which every text is escaped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import quote

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from dropship_pipeline.storage.links import web_link

Tone = Literal["neutral", "good", "warn", "bad", "busy"]
ButtonKind = Literal["primary", "plain", "danger"]


def attribute(name: str, value: str | float | bool | None) -> tuple[str, str | float | None]:
    """An attribute as HTML has it: its name, and its value; None where it is left out."""
    return name.rstrip("_").replace("_", "-"), None if value is False else "" if value is True else value


class Tag(TextElement):
    """An HTML element with a text. Use it as a context manager to put others into it.

    Args:
        text: shown as it is, never read as HTML.
        classes: for the style sheet.
        attributes: HTML attributes; `aria_label` becomes `aria-label`, `for_` becomes `for`; None leaves one out.
    """

    def __init__(self, tag: str, text: str = "", classes: str = "", **attributes: str | float | bool | None) -> None:
        super().__init__(tag=tag, text=text)
        if classes:
            self.classes(classes)
        for name, value in attributes.items():
            self.put(name, value)

    def put(self, name: str, value: str | float | bool | None) -> Self:
        """Set an attribute; None removes it."""
        key, wanted = attribute(name, value)
        if self._props.get(key) == wanted:
            return self
        if wanted is None:
            del self._props[key]
        else:
            self._props[key] = wanted
        self.update()
        return self

    def say(self, text: str) -> Self:
        """Replace the text; it is sent to the browser only if it differs."""
        if self.text != text:
            self.text = text
        return self


def outside_link(text: str, url: str | None, classes: str = "") -> Tag:
    """A link to a marketplace in a tab of its own; only text where the address cannot be trusted."""
    address = web_link(url)
    if address is None:
        return Tag("span", text, classes)
    return Tag("a", text, f"link {classes}", href=address, target="_blank", rel="noopener noreferrer")


def seller_page(ebay_tld: str, name: str) -> str:
    """The address of a seller's own page on eBay."""
    return f"https://www.ebay.{ebay_tld}/usr/{quote(name, safe='')}"


def button(text: str, kind: ButtonKind = "plain", **attributes: str | bool | None) -> Tag:
    """A button; `type` is `button` unless said otherwise."""
    return Tag("button", text, f"button {kind}", **{"type": "button", **attributes})


def badge(text: str, tone: Tone = "neutral") -> Tag:
    """A word on a tinted background."""
    return Tag("span", text, f"badge {tone}")


def picture(source: str | None, alt: str, classes: str = "thumb") -> Tag:
    """An image of our own origin, or an empty frame that says so."""
    if source is None:
        with Tag("span", "", f"{classes} missing", role="img", aria_label=f"No image: {alt}") as frame:
            Tag("span", "No image", aria_hidden="true")
        return frame
    return Tag("img", "", classes, src=source, alt=alt, loading="lazy", decoding="async")


def facts(pairs: Mapping[str, str], classes: str = "facts") -> dict[str, Tag]:
    """Terms and their values as a description list; returns the values' elements."""
    values = {}
    with Tag("dl", "", classes):
        for term, value in pairs.items():
            with Tag("div"):
                Tag("dt", term)
                values[term] = Tag("dd", value)
    return values


def notice(text: str, tone: Tone = "neutral", *, role: str | None = "status") -> Tag:
    """A sentence on a tinted ground."""
    return Tag("p", text, f"notice {tone}", role=role)


def empty(title: str, advice: str) -> Tag:
    """A notice in place of an empty list: what is missing, and what to do."""
    with Tag("div", "", "empty") as box:
        Tag("p", title, "empty-title")
        Tag("p", advice, "muted")
    return box


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


class Table:
    """A table that becomes a list of cards on a narrow screen; roles keep it a table for screen readers.

    Args:
        caption: what it shows, for screen readers.
    """

    def __init__(self, caption: str, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.headings: dict[str, Tag] = {}
        # Without a row it is no table to a screen reader; it is shown with the first.
        self._frame = Tag("div", "", "hidden")
        with self._frame, Tag("table", "", "data", role="table"):
            Tag("caption", caption, "visually-hidden")
            with Tag("thead", role="rowgroup"), Tag("tr", role="row"):
                for column in columns:
                    self._heading(column)
            self.body = Tag("tbody", role="rowgroup")

    def row(self, *texts: str | None) -> list[Tag]:
        """Add a row; a cell whose text is None is empty, to be filled by the caller. Returns the cells."""
        if "hidden" in self._frame.classes:
            self._frame.classes(replace="table-frame")
        with self.body, Tag("tr", role="row"):
            return [self._cell(column, text) for column, text in zip(self.columns, texts, strict=True)]

    def below(self, cell: Tag) -> Tag:
        """Add a row of a single cell below the row of `cell`; returns its cell."""
        row = _row_of(cell)
        with self.body, Tag("tr", "", "below", role="row") as added:
            wide = Tag("td", "", "whole", role="cell", colspan=len(self.columns))
        added.move(self.body, self.body.default_slot.children.index(row) + 1)
        return wide

    def remove(self, cell: Tag) -> None:
        """Remove the row of a cell."""
        self.body.remove(_row_of(cell))

    def clear(self) -> None:
        """Remove every row, and hide the table until there is one."""
        self.body.clear()
        self._frame.classes(replace="hidden")

    def _heading(self, column: Column) -> None:
        with Tag("th", "", column.kind, role="columnheader", scope="col") as heading:
            if column.key is None:
                Tag("span", column.label)
            else:
                self.headings[column.key] = heading

    def _cell(self, column: Column, text: str | None) -> Tag:
        words = text if column.kind == "words" else None
        with Tag("td", "" if words else text or "", column.kind, role="cell", data_label=column.label) as cell:
            if words:
                Tag("span", words, "clamp", title=words)
        return cell


def _row_of(cell: Tag) -> Element:
    assert cell.parent_slot is not None  # noqa: S101  (a cell stands in a row)
    return cell.parent_slot.parent
