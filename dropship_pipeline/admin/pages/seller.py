"""The page of one seller: product and listing side by side, with both images, both prices and links."""

import asyncio

from dropship_pipeline.admin.image_paths import job_product_image, listing_image
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.pager import Pager
from dropship_pipeline.admin.pages.ui.parts import Tag, badge, empty, facts, outside_link, picture
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.admin.problems import NotFound
from dropship_pipeline.models import Match
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
        self._evidence = SellerEvidence(visit.services.database, visit.org)
        self._pager = Pager(self._show)

    async def draw(self, frame: Frame) -> None:
        found = await asyncio.to_thread(self._evidence.seller, self._id)
        if found is None:
            raise NotFound("There is no seller of this number.")
        frame.retitle(found.seller.seller_name, back=("/sellers", "Sellers"))
        frame.heading()
        with Tag("div", "", "split"):
            with Tag("section", "", "stack", aria_label="Evidence"):
                Tag("h2", "Evidence")
                self._items = Tag("div", "", "evidence")
                self._pager.draw(frame)
            with Tag("div", "", "aside stack"):
                _summary(found)
                runs_card(found)
        await self._pager.first()

    async def _show(self, cursor: str | None) -> str | None:
        page = await asyncio.to_thread(self._evidence.items, self._id, page_size=PAGE_SIZE, cursor=cursor)
        self._items.clear()
        with self._items:
            for item in page.items:
                pair(item)
            if not page.items:
                empty("No listing is kept", "The runs that saw this seller have been pruned; run “Find sellers” again.")
        self._pager.say(wording.counted(len(page.items), "listing") + " on this page")
        return page.next_cursor


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
        with Tag("ul", "", "list"):
            for run in found.runs:
                with Tag("li", "", "row between"):
                    Tag("a", f"Run {run.run_id}", "link", href=f"/history/{run.run_id}")
                    Tag("span", wording.day(run.created_at), "muted small")
                    Tag("span", wording.counted(run.listings, "listing"), "small")


def pair(item: EvidenceItem) -> None:
    """Product and listing side by side, and whether they are the same."""
    with Tag("article", "", "card pair", aria_label=f"Listing {item.listing.item_id}"):
        _product_side(item)
        _listing_side(item)
        _match(item.match)
        with Tag("div", "", "pair-foot"):
            Tag("span", f"Seen {wording.moment(item.seen_at)}")
            Tag("span", f"Position {item.listing.position} in the search")
            if item.unverified:
                Tag("span", "Not verified: " + ", ".join(item.unverified))
            Tag("a", f"Run {item.run_id}", "link", href=f"/history/{item.run_id}")


def _match(match: Match | None) -> None:
    """Whether the listing is the product, with the reasons, what speaks against it first."""
    with Tag("div", "", "match"):
        if match is None:
            badge("Not judged yet")
            return
        badge(f"{wording.BANDS[match.band]}, {match.probability:.0%}", wording.BAND_TONES[match.band])
        with Tag("ul", "", "chips", aria_label="Reasons"):
            for reason in match.reasons:
                Tag("li", reason.sentence, f"chip {wording.REASON_TONES[reason.effect]}")


def _product_side(item: EvidenceItem) -> None:
    product = item.product
    with Tag("div", "", "side"):
        if product is None:
            picture(None, "Amazon product", "shot")
            with Tag("div"):
                Tag("p", "Amazon", "source")
                Tag("p", "The product's row has been pruned.", "muted")
            return
        source = job_product_image(item.job_id, product.asin)
        picture(source if product.has_image else None, f"Amazon product: {product.title}", "shot")
        with Tag("div"):
            Tag("p", f"Amazon, {product.asin}", "source")
            Tag("h3", product.title)
            Tag("p", wording.money(product.price_cents, product.currency), "price")
            if product.categories:
                ranks = (f"#{one.rank} in {one.name}" if one.rank else one.name for one in product.categories[:3])
                Tag("p", "; ".join(ranks), "muted small")
            if product.url:
                outside_link("Open on Amazon", product.url, "small")


def _listing_side(item: EvidenceItem) -> None:
    listing = item.listing
    with Tag("div", "", "side"):
        source = listing_image(item.job_id, item.asin, listing.item_id)
        picture(source if listing.has_image else None, f"eBay listing: {listing.title}", "shot")
        with Tag("div"):
            Tag("p", f"eBay, {listing.item_id}", "source")
            Tag("h3", listing.title)
            Tag("p", wording.money(listing.price_cents, listing.currency), "price")
            shipping = {None: "shipping not known", 0: "free shipping"}.get(listing.shipping_cents)
            shipping = shipping or f"shipping {wording.money(listing.shipping_cents, listing.currency)}"
            Tag("p", f"{listing.condition or 'condition not known'}, {shipping}", "muted small")
            if listing.url:
                outside_link("Open on eBay", listing.url, "small")
