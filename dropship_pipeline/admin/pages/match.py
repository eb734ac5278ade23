"""The page of one match: why the listing counts or does not, the search that found it, and what that cost."""

import asyncio

from dropship_pipeline.admin.pages.pair import REVIEW, Pairs, match_address
from dropship_pipeline.admin.pages.seller import number_of
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, facts, notice, outside_link
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.admin.problems import NotFound
from dropship_pipeline.collection.provenance import search_of
from dropship_pipeline.collection.sellers.labelling import Labelling
from dropship_pipeline.storage.sellers.evidence import EvidenceItem
from dropship_pipeline.storage.sellers.provenance import Find, PaidCall, Provenance


def match_page(visit: Visit) -> Frame:
    """The page at /sellers/{seller_id}/matches/{asin}/{item_id}."""
    return Frame(visit, "Match", _Match(visit).draw)


def find_of(visit: Visit) -> tuple[int, Find]:
    """The seller and the find that a page's address names.

    Raises:
        NotFound: the org has none such.
        StorageUnavailable: Postgres does not answer.
    """
    named = visit.request.path_params
    seller_id, job_id = number_of(named["seller_id"]), visit.request.query_params.get("job_id")
    known = Provenance(visit.services.database, visit.org)
    find = known.match(seller_id, named["asin"], named["item_id"], job_id)
    if find is None:
        raise NotFound("This seller has no such listing for this product; the run that found it may have been removed.")
    return seller_id, find


class _Match:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    async def draw(self, frame: Frame) -> None:
        self._frame = frame
        self._seller_id, find = await asyncio.to_thread(find_of, self._visit)
        item = find.item
        frame.retitle(f"Listing {item.listing.item_id}", back=(f"/sellers/{self._seller_id}", "The seller"))
        with frame.heading():
            Tag("a", "Raw answer", "button primary", href=match_address(self._seller_id, item, "/answer"))
        Tag("h2", "Product and listing", "visually-hidden")
        self._pair = Tag("div", "", "evidence")
        say = self._say if self._visit.principal.may(REVIEW) else None
        self._pairs = Pairs(frame, self._pair, say, leads_on=False)
        self._show(item)
        with Tag("div", "", "pair-sources"):
            _search(find)
            _call(find.call)

    def _show(self, item: EvidenceItem) -> None:
        self._pair.clear()
        with self._pair:
            self._pairs.draw(self._seller_id, item)

    async def _say(self, item: EvidenceItem, is_match: bool | None) -> None:
        services, by = self._visit.services, self._visit.principal.name
        labelling = Labelling(services.database, self._visit.org, services.settings, by=by)
        await asyncio.to_thread(labelling.say, self._seller_id, item.asin, item.listing.item_id, is_match=is_match)
        _, find = await asyncio.to_thread(find_of, self._visit)
        self._show(find.item)
        self._frame.say(wording.kept(is_match), "good")


def _search(find: Find) -> None:
    search = search_of(find)
    with Tag("section", "", "card", aria_label="Search"):
        Tag("h2", "Search")
        if search is None:
            Tag("p", "What was searched for is not known.", "muted")
            return
        facts({"Words": search.words, "Filters": "; ".join(search.filters) or "none", "Page": str(search.page)})
        if search.url:
            outside_link("Open this search on eBay", search.url, "small")


def _call(call: PaidCall | None) -> None:
    with Tag("section", "", "card", aria_label="Paid call"):
        Tag("h2", "Paid call")
        if call is None:
            notice("The release that found this listing did not note the call; a new search does.", role=None)
            return
        credits = "open" if call.credits is None else wording.counted(call.credits, "credit")
        facts(
            {
                "Provider": wording.PROVIDERS[call.provider],
                "Asked": wording.moment(call.reserved_at),
                "Answered": wording.moment(call.settled_at),
                "Cost": f"{credits} (estimated)" if call.credits_estimated else credits,
                "Attempts": wording.number(call.attempts),
                "HTTP status": wording.NOTHING if call.http_status is None else str(call.http_status),
                "Collection": call.job_id,
            }
        )
        if call.error:
            notice(call.error, "bad", role=None)
