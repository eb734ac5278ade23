"""Product and listing side by side: what was judged and said of them, and where that leads."""

from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import quote

from dropship_pipeline.admin.image_paths import job_product_image, listing_image
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.markup import Markup, badge, on_deeds, outside_link, picture, show, tag
from dropship_pipeline.admin.pages.ui.parts import Tag
from dropship_pipeline.storage.sellers.evidence import EvidenceItem

REVIEW = "collection.review"
# Whether the listing is the product; None takes back what was said.
Say = Callable[[EvidenceItem, bool | None], Awaitable[None]]
_SAID = {"match": True, "no-match": False, "nothing": None}


class Pairs:
    """Draws pairs in a box, each as one element.

    Args:
        box: has all pairs in it, at whatever depth.
        say: keeps what the person says of a pair; None where the person may not review.
        leads_on: whether a pair has a link to the page that explains it.
    """

    def __init__(self, frame: Frame, box: Tag, say: Say | None = None, *, leads_on: bool = True) -> None:
        self._reader = frame.visit.principal.name
        self._say = say
        self._leads_on = leads_on
        # What is drawn, in that order; by product and listing.
        self.items: dict[str, EvidenceItem] = {}
        self.drawn: dict[str, Tag] = {}
        if say is not None:
            on_deeds(frame, box, {word: partial(self._said, say, value) for word, value in _SAID.items()}, REVIEW)

    def forget(self) -> None:
        """Begin anew: what was drawn is no longer there."""
        self.items, self.drawn = {}, {}

    def draw(self, seller_id: int, item: EvidenceItem) -> None:
        """Product and listing side by side, whether they are the same, and where that comes from."""
        key = f"{item.asin}/{item.listing.item_id}"
        pair = Tag(
            "article", "", "card pair", aria_label=f"Listing {item.listing.item_id}", data_do="point", data_of=key
        )
        show(
            pair,
            _product_side(item),
            _listing_side(item),
            verdicts(item, self._reader),
            _buttons(item) if self._say else None,
            _foot(item, match_address(seller_id, item) if self._leads_on else None),
        )
        self.items[key], self.drawn[key] = item, pair

    async def _said(self, say: Say, value: bool | None, key: str, _: bool) -> None:
        if key in self.items:
            await say(self.items[key], value)


def _buttons(item: EvidenceItem) -> Markup:
    """A button that is pressed takes back what it said."""
    said = item.label and item.label.is_match
    buttons = (
        tag(
            "button", words, class_="button plain", type="button", aria_pressed="true" if pressed else "false",
            data_do="nothing" if pressed else word,
        )
        for words, word in (("Match", "match"), ("Not a match", "no-match"))
        for pressed in [said is _SAID[word]]
    )  # fmt: skip
    return tag(
        "div", *buttons, class_="verdict", role="group", aria_label=f"What you say of listing {item.listing.item_id}"
    )


def _foot(item: EvidenceItem, why: str | None) -> Markup:
    return tag(
        "div",
        tag("a", "Why", class_="link", href=why) if why else None,
        tag("span", f"Seen {wording.moment(item.seen_at)}"),
        tag("span", f"Position {item.listing.position} in the search"),
        tag("span", "Not verified: " + ", ".join(item.unverified)) if item.unverified else None,
        tag("a", f"Run {item.run_id}", class_="link", href=f"/history/{item.run_id}"),
        class_="pair-foot",
    )


def verdicts(item: EvidenceItem, reader: str) -> Markup:
    """One row: what a person says, what the matcher judged, the photo, and the reasons as chips, conflicts first."""
    match, label, said = item.match, item.label, []
    if label is not None:
        said.append(badge(wording.said(label, reader), "good" if label.is_match else "bad"))
    if match is None:
        return tag("div", *said, badge("Not judged yet"), class_="match")
    judged = f"{wording.BANDS[match.band]}, {match.probability:.0%}"
    said.append(badge(judged, wording.BAND_TONES[match.band]) if label is None else badge(f"The matcher: {judged}"))
    if item.photo_band is not None:
        said.append(badge(*wording.PHOTOS[item.photo_band]))
    reasons = (
        tag("li", reason.sentence, class_=f"chip {wording.REASON_TONES[reason.effect]}")
        for reason in match.reasons
        if reason.name != "photo" or item.photo_band is None  # its badge says it already
    )
    return tag("div", *said, tag("ul", *reasons, class_="chips", aria_label="Reasons"), class_="match")


def match_address(seller_id: int, item: EvidenceItem, page: str = "") -> str:
    """Where a match is explained, or the page below it with this name."""
    asin, item_id, job = (quote(part, safe="") for part in (item.asin, item.listing.item_id, item.job_id))
    return f"/sellers/{seller_id}/matches/{asin}/{item_id}{page}?job_id={job}"


def _side(image: Markup, *words: Markup | None) -> Markup:
    return tag("div", image, tag("div", *words), class_="side")


def _product_side(item: EvidenceItem) -> Markup:
    product = item.product
    if product is None:
        return _side(
            picture(None, "Amazon product", "shot"),
            tag("p", "Amazon", class_="source"),
            tag("p", "The product's row has been pruned.", class_="muted"),
        )
    source = job_product_image(item.job_id, product.asin) if product.has_image else None
    ranks = "; ".join(f"#{one.rank} in {one.name}" if one.rank else one.name for one in product.categories[:3])
    return _side(
        picture(source, f"Amazon product: {product.title}", "shot"),
        tag("p", f"Amazon, {product.asin}", class_="source"),
        tag("h3", product.title),
        tag("p", wording.money(product.price_cents, product.currency), class_="price"),
        tag("p", ranks, class_="muted small") if ranks else None,
        outside_link("Open on Amazon", product.url, "small") if product.url else None,
    )


def _listing_side(item: EvidenceItem) -> Markup:
    listing = item.listing
    source = listing_image(item.job_id, item.asin, listing.item_id) if listing.has_image else None
    shipping = {None: "shipping not known", 0: "free shipping"}.get(listing.shipping_cents)
    shipping = shipping or f"shipping {wording.money(listing.shipping_cents, listing.currency)}"
    return _side(
        picture(source, f"eBay listing: {listing.title}", "shot"),
        tag("p", f"eBay, {listing.item_id}", class_="source"),
        tag("h3", listing.title),
        tag("p", wording.money(listing.price_cents, listing.currency), class_="price"),
        tag("p", f"{listing.condition or 'condition not known'}, {shipping}", class_="muted small"),
        outside_link("Open on eBay", listing.url, "small") if listing.url else None,
    )
