"""The evidence of the selected seller on Today: pairs, those that are rejected folded, the note, the runs."""

import asyncio
from collections.abc import Awaitable, Callable

from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.seller import pair, runs_card
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import Filled, area, form
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, button, empty
from dropship_pipeline.storage.review.marks import MAX_NOTE_CHARS, Marks, SellerMarks
from dropship_pipeline.storage.sellers.evidence import EvidenceItem, SellerDetail, SellerEvidence

LISTINGS_READ, PAIRS_SHOWN = 200, 20
NOTE_ID = "today-note"

Keep = Callable[[int, str], Awaitable[None]]


class Evidence:
    """The right side of Today.

    Args:
        frame: the page.
        keep_note: keeps a note of a seller; None where the person may not review.
    """

    def __init__(self, frame: Frame, keep_note: Keep | None) -> None:
        self._frame = frame
        self._keep_note = keep_note
        database, org = frame.visit.services.database, frame.visit.org
        self._evidence = SellerEvidence(database, org)
        self._marks = SellerMarks(database, org)
        self._wanted: int | None = None
        self._box = Tag("section", "", "today-evidence stack", aria_label="Evidence")

    async def show(self, seller_id: int | None) -> None:
        """Show the evidence of a seller, or what to do where none is selected."""
        self._wanted = seller_id
        detail, items, marks = None, [], Marks()
        if seller_id is not None:
            detail, page, found = await asyncio.gather(
                asyncio.to_thread(self._evidence.seller, seller_id),
                asyncio.to_thread(self._evidence.items, seller_id, page_size=LISTINGS_READ),
                asyncio.to_thread(self._marks.of, [seller_id]),
            )
            items, marks = latest_of_each(page.items), found.get(seller_id, marks)
        if self._wanted != seller_id:  # another row was selected meanwhile
            return
        self._box.clear()
        with self._box:
            if detail is None:
                empty("No seller is selected", "Choose one from the list to see the evidence.")
            else:
                self._draw(detail, items, marks)

    def _draw(self, detail: SellerDetail, items: list[EvidenceItem], marks: Marks) -> None:
        seller = detail.seller
        with Tag("div", "", "card-head"):
            Tag("h2", seller.seller_name)
            Tag("a", "All evidence", "link small", href=f"/sellers/{seller.id}")
        shown = [item for item in items if item.match is None or item.match.band != "reject"]
        rejected = [item for item in items if item.match is not None and item.match.band == "reject"]
        with Tag("div", "", "evidence"):
            for item in sorted(shown, key=_best_first)[:PAIRS_SHOWN]:
                pair(item)
            if not shown:
                Tag("p", "No listing of this seller is accepted or in review.", "muted")
        if rejected:
            with Tag("details"):
                Tag("summary", f"{len(rejected)} probably not the same product")
                with Tag("div", "", "evidence"):
                    for item in rejected[:PAIRS_SHOWN]:
                        pair(item)
        self._note(seller.id, marks)
        runs_card(detail)

    def _note(self, seller_id: int, marks: Marks) -> None:
        if self._keep_note is None:
            if marks.note:
                Tag("p", marks.note, "notice")
            return
        keep = self._keep_note

        async def sent(event: GenericEventArguments) -> None:
            await keep(seller_id, Filled.of(event).text("note"))

        with form("Note", "card form", sent=self._frame.act(sent, "collection.review")):
            text = area("Note", "note", marks.note, maxlength=MAX_NOTE_CHARS, rows=3)
            text.classes("today-note")
            with Tag("div", "", "row between"):
                said = f"{marks.changed_by}, {wording.moment(marks.changed_at)}" if marks.changed_by else ""
                Tag("span", said, "muted small")
                button("Save note", type="submit")


def latest_of_each(items: list[EvidenceItem]) -> list[EvidenceItem]:
    """Each listing of each product once, as it was seen last."""
    latest: dict[tuple[str, str], EvidenceItem] = {}
    for item in sorted(items, key=lambda item: item.seen_at):
        latest[item.asin, item.listing.item_id] = item
    return list(latest.values())


def _best_first(item: EvidenceItem) -> float:
    return -item.match.probability if item.match else 1.0
