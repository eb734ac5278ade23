"""The page of one seller: product and listing side by side, with both images, both prices and links."""

import asyncio

from dropship_pipeline.admin.pages.pair import REVIEW, Pairs
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.markup import show, tag
from dropship_pipeline.admin.pages.ui.pager import Pager
from dropship_pipeline.admin.pages.ui.parts import Tag, badge, empty, facts
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.admin.problems import NotFound
from dropship_pipeline.collection.sellers.labelling import Labelling
from dropship_pipeline.storage.sellers.evidence import EvidenceItem, SellerDetail, SellerEvidence
from dropship_pipeline.storage.sellers.listing import SellerRow

PAGE_SIZE = 20
MAX_DIGITS = 18


def number_of(text: str) -> int:
    """A number in an address; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else 0


def seller_page(visit: Visit) -> Frame:
    """The page at /sellers/{seller_id}."""
    return Frame(visit, "Seller", _Seller(visit).draw)


class _Seller:
    def __init__(self, visit: Visit) -> None:
        self._id = number_of(visit.request.path_params["seller_id"])
        self._visit = visit
        self._evidence = SellerEvidence(visit.services.database, visit.org)
        self._pager = Pager(self._show)

    async def draw(self, frame: Frame) -> None:
        found = await asyncio.to_thread(self._evidence.seller, self._id)
        if found is None:
            raise NotFound("There is no seller of this number.")
        may_review = self._visit.principal.may(REVIEW)
        self._frame = frame
        frame.retitle(found.seller.seller_name, back=("/sellers", "Sellers"))
        frame.heading()
        with Tag("div", "", "split"):
            with Tag("section", "", "stack", aria_label="Evidence"):
                Tag("h2", "Evidence")
                self._items = Tag("div", "", "evidence")
                self._pairs = Pairs(frame, self._items, self._say if may_review else None)
                self._pager.draw(frame)
            with Tag("div", "", "aside stack"):
                self._about = Tag("div")
                runs_card(found)
        self._summarize(found)
        await self._pager.first()

    async def _show(self, cursor: str | None) -> str | None:
        page = await asyncio.to_thread(self._evidence.items, self._id, page_size=PAGE_SIZE, cursor=cursor)
        self._items.clear()
        self._pairs.forget()
        with self._items:
            for item in page.rows:
                self._pairs.draw(self._id, item)
            if not page.rows:
                empty("No listing is kept", "The runs that saw this seller have been pruned; run “Find sellers” again.")
        self._pager.say(wording.counted(len(page.rows), "listing") + " on this page")
        return page.next_cursor

    async def _say(self, item: EvidenceItem, is_match: bool | None) -> None:
        """Keep it, and show the numbers that it changes."""
        services, by = self._visit.services, self._visit.principal.name
        labelling = Labelling(services.database, self._visit.org, services.settings, by=by)
        await asyncio.to_thread(labelling.say, self._id, item.asin, item.listing.item_id, is_match=is_match)
        found = await asyncio.to_thread(self._evidence.seller, self._id)
        if found is not None:
            self._summarize(found)
        await self._pager.again()
        self._frame.say(wording.kept(is_match), "good")

    def _summarize(self, found: SellerDetail) -> None:
        self._about.clear()
        with self._about:
            _summary(found)


def _summary(found: SellerDetail) -> None:
    seller = found.seller
    with Tag("section", "", "card", aria_label="About the seller"):
        with Tag("div", "", "card-head"):
            Tag("h2", "About the seller")
            if seller.is_new:
                badge("New", "good")
        facts(
            {
                "Feedback": wording.feedback(seller.feedback_percent, seller.feedback_count),
                "Distinct products": wording.number(seller.products),
                "Listings": _judged(seller),
                "Collections": wording.number(seller.collection_count),
                "First seen": wording.moment(seller.first_seen_at),
                "Last seen": wording.moment(seller.last_seen_at),
            }
        )


def _judged(seller: SellerRow) -> str:
    """All of the seller's listings by what was judged of them."""
    words = f"{seller.accepted:,} accepted, {seller.in_review:,} in review, {seller.rejected:,} rejected"
    return words + (f", {seller.not_judged:,} not judged yet" if seller.not_judged else "")


def runs_card(found: SellerDetail) -> None:
    """The runs that saw a seller."""
    with Tag("section", "", "card", aria_label="Runs"):
        Tag("h2", "Runs")
        runs = (
            tag(
                "li",
                tag("a", f"Run {run.run_id}", class_="link", href=f"/history/{run.run_id}"),
                tag("span", wording.day(run.created_at), class_="muted small"),
                tag("span", wording.counted(run.listings, "listing"), class_="small"),
                class_="row between",
            )
            for run in found.runs
        )
        show(Tag("ul", "", "list"), *runs)
