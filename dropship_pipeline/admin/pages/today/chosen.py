"""Several sellers of Today at once: star, hide, tag, copy their names, export them; each change is undone as one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.pair import REVIEW
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.clipboard import Clipboard
from dropship_pipeline.admin.pages.ui.forms import Filled, form
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, button
from dropship_pipeline.storage.exports.documents import Format
from dropship_pipeline.storage.review.marks import MAX_SELLERS_AT_ONCE, MAX_TAG_CHARS, MarkChange, SellerMarks

EXPORT = "/api/collection/sellers/export"
EXPORTS: Mapping[Format, str] = {"xlsx": "Export Excel", "csv-excel": "Export CSV"}


class Chosen:
    """The sellers that a person has chosen on this page, and the bar of what is done with them.

    Args:
        frame: the page.
        changed: shows the list again after a change of marks.
        undo: takes back the last change.
    """

    def __init__(
        self, frame: Frame, changed: Callable[[int | None], Awaitable[None]], undo: Callable[[], Awaitable[None]]
    ) -> None:
        self._frame = frame
        self._changed = changed
        self._undo = undo
        visit = frame.visit
        self._by = visit.principal.name
        self._marks = SellerMarks(visit.services.database, visit.org)
        self._names: dict[int, str] = {}
        self._bar = Tag("section", "", "hidden", aria_label="Chosen sellers")
        self._clipboard = Clipboard(frame)
        self._draw()

    def __bool__(self) -> bool:
        return bool(self._names)

    def __contains__(self, seller_id: object) -> bool:
        return seller_id in self._names

    def choose(self, seller_id: int, name: str, *, wanted: bool) -> None:
        """Choose a seller, or no longer."""
        if wanted and len(self._names) >= MAX_SELLERS_AT_ONCE:
            self._frame.say(f"At most {MAX_SELLERS_AT_ONCE} sellers can be chosen at once", "warn")
            return
        if wanted:
            self._names[seller_id] = name
        else:
            self._names.pop(seller_id, None)
        self._show()

    async def star(self) -> None:
        """Star all that are chosen; where all of them are, no longer."""
        await self._toggle("starred")

    async def hide(self) -> None:
        """Hide all that are chosen; where all of them are, show them again."""
        await self._toggle("hidden")

    async def copy(self) -> None:
        """Copy their names, one a line."""
        text = "\n".join(" ".join(name.split()) for name in self._names.values())
        await self._clipboard.write(text, wording.counted(len(self._names), "name"))

    async def export(self) -> None:
        """Save them as a workbook."""
        ui.navigate.to(self._export_address("xlsx"))

    async def _toggle(self, field: str) -> None:
        marks = await asyncio.to_thread(self._marks.of, self._names)
        wanted = not all(seller_id in marks and getattr(marks[seller_id], field) for seller_id in self._names)
        if field == "starred":
            await self._change(MarkChange(starred=wanted), "starred" if wanted else "no longer starred")
        else:
            await self._change(MarkChange(hidden=wanted), "hidden" if wanted else "shown again")

    async def _tag(self, event: GenericEventArguments) -> None:
        tag = Filled.of(event).text("tag")
        if tag:
            await self._change(MarkChange(tags_added=(tag,)), f"tagged “{tag}”")

    async def _change(self, change: MarkChange, said: str) -> None:
        if not self._frame.visit.principal.may(REVIEW):
            self._frame.say(f"Your token does not allow this: it needs {REVIEW}.", "bad")
            return
        number = len(self._names)
        await asyncio.to_thread(self._marks.change, list(self._names), change, by=self._by)
        self._names.clear()
        self._show()
        self._frame.say(f"{wording.counted(number, 'seller')} {said}. Press z to undo.", "good")
        await self._changed(None)

    async def _clear(self) -> None:
        self._names.clear()
        self._show()
        await self._changed(None)

    def _export_address(self, form_name: Format) -> str:
        return f"{EXPORT}?{urlencode({'format': form_name, 'ids': ','.join(map(str, self._names))}, safe=',')}"

    def _draw(self) -> None:
        frame = self._frame
        with self._bar:
            self._words = Tag("strong", "", role="status")
            if frame.visit.principal.may(REVIEW):
                self._button("Star", self.star)
                self._button("Hide", self.hide)
                with form("Tag", "with-button", sent=frame.act(self._tag, REVIEW)):
                    box = Tag("input", "", "input chosen-tag", name="tag", aria_label="Tag for the chosen sellers")
                    box.put("placeholder", "Tag").put("maxlength", MAX_TAG_CHARS)
                    button("Tag", type="submit")
                self._button("Undo", self._undo)
            self._button("Copy names", self.copy)
            self._exports = {name: Tag("a", words, "button", download=True) for name, words in EXPORTS.items()}
            self._button("Choose none", self._clear)

    def _button(self, words: str, do: Callable[[], Awaitable[None]]) -> None:
        button(words).on("click", self._frame.act(lambda _: do()))

    def _show(self) -> None:
        self._words.say(f"{wording.counted(len(self._names), 'seller')} chosen")
        for form_name, link in self._exports.items():
            link.put("href", self._export_address(form_name))
        self._bar.classes(replace="chosen" if self._names else "hidden")
