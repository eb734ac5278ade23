"""What a person does on Today: star, hide, note, say whether a listing is the product, and take the last of it back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from dropship_pipeline.admin.pages.pair import REVIEW
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.collection.sellers.labelling import Labelling
from dropship_pipeline.storage.review.marks import MarkChange, Marks, SellerMarks
from dropship_pipeline.storage.sellers.evidence import EvidenceItem

_TOGGLED = {"starred": ("Starred", "No longer starred"), "hidden": ("Hidden", "Shown again")}


class Deeds:
    """Does it, says so, and shows the list as it is then.

    Args:
        frame: the page.
        shown: shows the list again; is told the seller to select, None for the one that is.
    """

    def __init__(self, frame: Frame, shown: Callable[[int | None], Awaitable[None]]) -> None:
        self._frame = frame
        self._shown = shown
        visit = frame.visit
        database, org, self._by = visit.services.database, visit.org, visit.principal.name
        self._marks = SellerMarks(database, org)
        self._labelling = Labelling(database, org, visit.services.settings, by=self._by)

    @property
    def may_review(self) -> bool:
        """Whether any of it is offered."""
        return self._frame.visit.principal.may(REVIEW)

    async def star(self, seller_id: int) -> None:
        """Star a seller, or no longer."""
        await self._toggle(seller_id, "starred")

    async def hide(self, seller_id: int) -> None:
        """Hide a seller, or show it again."""
        await self._toggle(seller_id, "hidden")

    async def keep_note(self, seller_id: int, note: str) -> None:
        """Replace a seller's note."""
        await self._change(seller_id, MarkChange(note=note), "The note is saved")

    async def label(self, seller_id: int, item: EvidenceItem, is_match: bool | None) -> None:
        """Say whether a listing is the product; None takes back what was said."""
        if self._permitted():
            say, item_id = self._labelling.say, item.listing.item_id
            await asyncio.to_thread(say, seller_id, item.asin, item_id, is_match=is_match)
            await self._done(wording.kept(is_match))

    async def undo(self) -> None:
        """Take back what the person did last, and show its seller."""
        if self._permitted():
            undone = await asyncio.to_thread(self._labelling.undo)
            self._frame.say("Undone" if undone.change_id else "There is nothing to undo", "good")
            await self._shown(next(iter(undone.seller_ids), None))

    async def _toggle(self, seller_id: int, field: Literal["starred", "hidden"]) -> None:
        marks = (await asyncio.to_thread(self._marks.of, [seller_id])).get(seller_id, Marks())
        wanted = not getattr(marks, field)
        change = MarkChange(starred=wanted) if field == "starred" else MarkChange(hidden=wanted)
        await self._change(seller_id, change, _TOGGLED[field][0 if wanted else 1])

    async def _change(self, seller_id: int, change: MarkChange, said: str) -> None:
        if self._permitted():
            await asyncio.to_thread(self._marks.change, [seller_id], change, by=self._by)
            await self._done(said)

    async def _done(self, said: str) -> None:
        self._frame.say(f"{said}. Press z to undo.", "good")
        await self._shown(None)

    def _permitted(self) -> bool:
        if not self.may_review:
            self._frame.say(f"Your token does not allow this: it needs {REVIEW}.", "bad")
        return self.may_review
