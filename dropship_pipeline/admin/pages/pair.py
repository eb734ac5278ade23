"""Product and listing side by side: what was judged and said of them, and where that leads."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.image_paths import job_product_image, listing_image
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, badge, button, outside_link, picture
from dropship_pipeline.storage.sellers.evidence import EvidenceItem

REVIEW = "collection.review"
# Whether the listing is the product; None takes back what was said.
Say = Callable[[EvidenceItem, bool | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Draws pairs of a seller.

    Args:
        say: keeps what the person says of a pair; None where the person may not review.
        leads_on: whether a pair has a link to the page that explains it.
    """

    frame: Frame
    seller_id: int
    say: Say | None = None
    leads_on: bool = True

    def draw(self, item: EvidenceItem) -> Tag:
        """Product and listing side by side, whether they are the same, and where that comes from."""
        with Tag("article", "", "card pair", aria_label=f"Listing {item.listing.item_id}") as pair:
            _product_side(item)
            _listing_side(item)
            verdicts(item, self.frame.visit.principal.name)
            if self.say is not None:
                self._buttons(item, self.say)
            with Tag("div", "", "pair-foot"):
                if self.leads_on:
                    Tag("a", "Why", "link", href=match_address(self.seller_id, item))
                Tag("span", f"Seen {wording.moment(item.seen_at)}")
                Tag("span", f"Position {item.listing.position} in the search")
                if item.unverified:
                    Tag("span", "Not verified: " + ", ".join(item.unverified))
                Tag("a", f"Run {item.run_id}", "link", href=f"/history/{item.run_id}")
        return pair

    def _buttons(self, item: EvidenceItem, say: Say) -> None:
        """A button that is pressed takes back what it said."""
        said = item.label and item.label.is_match
        with Tag("div", "", "verdict", role="group", aria_label=f"What you say of listing {item.listing.item_id}"):
            for words, value in (("Match", True), ("Not a match", False)):
                pressed = said is value

                async def clicked(_: GenericEventArguments, wanted: bool | None = None if pressed else value) -> None:
                    await say(item, wanted)

                pushed = button(words, aria_pressed="true" if pressed else "false")
                pushed.on("click.stop", self.frame.act(clicked, REVIEW))


def verdicts(item: EvidenceItem, reader: str) -> None:
    """One row: what a person says, what the matcher judged, the photo, and the reasons as chips, conflicts first."""
    match, label = item.match, item.label
    with Tag("div", "", "match"):
        if label is not None:
            badge(wording.said(label, reader), "good" if label.is_match else "bad")
        if match is None:
            badge("Not judged yet")
            return
        judged = f"{wording.BANDS[match.band]}, {match.probability:.0%}"
        if label is None:
            badge(judged, wording.BAND_TONES[match.band])
        else:
            badge(f"The matcher: {judged}")
        if item.photo_band is not None:
            badge(*wording.PHOTOS[item.photo_band])
        with Tag("ul", "", "chips", aria_label="Reasons"):
            for reason in match.reasons:
                Tag("li", reason.sentence, f"chip {wording.REASON_TONES[reason.effect]}")


def match_address(seller_id: int, item: EvidenceItem, page: str = "") -> str:
    """Where a match is explained, or the page below it with this name."""
    asin, item_id, job = (quote(part, safe="") for part in (item.asin, item.listing.item_id, item.job_id))
    return f"/sellers/{seller_id}/matches/{asin}/{item_id}{page}?job_id={job}"


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
