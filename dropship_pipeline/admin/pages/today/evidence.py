"""The evidence of the selected seller on Today: pairs, those that are rejected folded, the note, the runs."""

import asyncio

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.pair import REVIEW, Pairs
from dropship_pipeline.admin.pages.seller import runs_card
from dropship_pipeline.admin.pages.today.deeds import Deeds
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import Filled, area, form
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.markup import on_deeds
from dropship_pipeline.admin.pages.ui.parts import Tag, button, empty
from dropship_pipeline.storage.review.marks import MAX_NOTE_CHARS, Marks, SellerMarks
from dropship_pipeline.storage.sellers.evidence import EvidenceItem, SellerDetail, SellerEvidence

LISTINGS_READ, PAIRS_SHOWN = 200, 20
_IN_SIGHT = "document.querySelector('.today-evidence .pair[aria-current]')?.scrollIntoView({block: 'nearest'})"


class Evidence:
    """The right side of Today.

    Args:
        frame: the page.
        deeds: what the person can do with a pair and the note.
    """

    def __init__(self, frame: Frame, deeds: Deeds) -> None:
        self._frame = frame
        self._deeds = deeds
        database, org = frame.visit.services.database, frame.visit.org
        self._evidence = SellerEvidence(database, org)
        self._marks = SellerMarks(database, org)
        self._wanted: int | None = None
        # The pair that the keys are about.
        self._at: str | None = None
        self._box = Tag("section", "", "today-evidence stack", aria_label="Evidence")
        self._pairs = Pairs(frame, self._box, self._say if deeds.may_review else None)
        on_deeds(frame, self._box, {"point": self._point_at})

    async def show(self, seller_id: int | None) -> None:
        """Show the evidence of a seller, or what to do where none is selected."""
        if seller_id != self._wanted:
            self._at = None
            self._pairs.forget()  # nothing is said of what is still in sight
        self._wanted = seller_id
        known = None if seller_id is None else await asyncio.to_thread(self._read, seller_id)
        if self._wanted != seller_id:  # another row was selected meanwhile
            return
        self._box.clear()
        self._pairs.forget()
        with self._box:
            if known is None:
                empty("No seller is selected", "Choose one from the list to see the evidence.")
            else:
                self._draw(*known)
        self._point(self._at if self._at in self._pairs.items else next(iter(self._pairs.items), None))

    def _read(self, seller_id: int) -> tuple[SellerDetail, list[EvidenceItem], Marks] | None:
        detail = self._evidence.seller(seller_id)
        if detail is None:
            return None
        page = self._evidence.items(seller_id, page_size=LISTINGS_READ)
        return detail, latest_of_each(page.rows), self._marks.of([seller_id]).get(seller_id, Marks())

    async def step(self, places: int) -> None:
        """Go to a pair further on, or back: the keys are about that one then."""
        keys = list(self._pairs.items)
        if keys:
            place = keys.index(self._at) + places if self._at in keys else 0
            self._point(keys[min(max(place, 0), len(keys) - 1)])
            ui.run_javascript(_IN_SIGHT)

    async def label(self, is_match: bool) -> None:
        """Say of the pair that the keys are about whether it is a match, and go to the next one."""
        if self._wanted is None or self._at is None:
            return
        item = self._pairs.items[self._at]
        if self._deeds.may_review:
            await self.step(1)
        await self._say(item, is_match)

    async def _say(self, item: EvidenceItem, is_match: bool | None) -> None:
        if self._wanted is not None:
            await self._deeds.label(self._wanted, item, is_match)

    async def _point_at(self, key: str, _: bool) -> None:
        if key in self._pairs.items:
            self._point(key)

    def _point(self, key: str | None) -> None:
        self._at = key
        for other, drawn in self._pairs.drawn.items():
            drawn.put("aria-current", "true" if other == key else None)
        if key is not None and self._pairs.items[key].band == "reject":
            self._folded.put("open", True)

    def _draw(self, detail: SellerDetail, items: list[EvidenceItem], marks: Marks) -> None:
        seller = detail.seller
        with Tag("div", "", "card-head"):
            Tag("h2", seller.seller_name)
            Tag("a", "All evidence", "link small", href=f"/sellers/{seller.id}")
        shown = sorted((item for item in items if item.band != "reject"), key=_best_first)[:PAIRS_SHOWN]
        rejected = sorted((item for item in items if item.band == "reject"), key=_best_first)
        with Tag("div", "", "evidence"):
            for item in shown:
                self._pairs.draw(seller.id, item)
            if not shown:
                Tag("p", "No listing of this seller is accepted or in review.", "muted")
        if rejected:
            with Tag("details") as self._folded:
                Tag("summary", f"{len(rejected)} probably not the same product")
                with Tag("div", "", "evidence"):
                    for item in rejected[:PAIRS_SHOWN]:
                        self._pairs.draw(seller.id, item)
        self._note(seller.id, marks)
        runs_card(detail)

    def _note(self, seller_id: int, marks: Marks) -> None:
        if not self._deeds.may_review:
            if marks.note:
                Tag("p", marks.note, "notice")
            return

        async def sent(event: GenericEventArguments) -> None:
            await self._deeds.keep_note(seller_id, Filled.of(event).text("note"))

        with form("Note", "card form", sent=self._frame.act(sent, REVIEW)):
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
