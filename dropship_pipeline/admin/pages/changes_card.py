"""The card of what a seller search changed against the one before it of the same settings."""

from typing import Any

from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.parts import Tag, facts
from dropship_pipeline.storage.review.changes import ChangedListing, ChangedSeller, Changes, Some

SHOWN = 25
_SELLERS = {"new_sellers": "New sellers", "back_sellers": "Sellers that are back", "gone_sellers": "Sellers gone"}
_LISTINGS = {
    "new_listings": "New listings", "gone_listings": "Listings gone", "moved_prices": "Prices moved",
    "moved_bands": "Judged otherwise",
}  # fmt: skip


def changes_card(changes: Changes | None) -> None:
    """Draw how many of each kind there are, and the first of each folded below; None for a first search."""
    with Tag("section", "", "card", aria_label="What changed"):
        with Tag("h2", "What changed"):
            if changes is not None:
                Tag("span", " since ")
                Tag("a", f"Run {changes.against}", "link", href=f"/history/{changes.against}")
        if changes is None:
            Tag("p", "No finished run before it has the same settings.", "muted")
            return
        kinds: dict[str, Some[Any]] = {label: getattr(changes, kind) for kind, label in (_SELLERS | _LISTINGS).items()}
        facts({label: wording.number(some.total) for label, some in kinds.items()})
        for label, some in kinds.items():
            if some.rows:
                _first(label, some)


def _first(label: str, some: Some[Any]) -> None:
    with Tag("details"):
        more = f", the first {len(some.rows)} of {some.total:,}" if some.total > len(some.rows) else ""
        Tag("summary", f"{label}{more}")
        with Tag("ul", "", "list"):
            for row in some.rows:
                with Tag("li", "", "small"):
                    _seller(row.seller_id, row.seller_name)
                    Tag("span", f" · {_about(row)}")


def _seller(seller_id: int | None, name: str | None) -> None:
    if seller_id is None:
        Tag("span", "Seller not named")
    else:
        Tag("a", name or str(seller_id), "link", href=f"/sellers/{seller_id}")


def _about(row: ChangedSeller | ChangedListing) -> str:
    if isinstance(row, ChangedSeller):
        return wording.counted(row.products, "best seller")
    if row.band_before and row.band_after:
        change = f"{wording.BANDS[row.band_before]} before, now {wording.BANDS[row.band_after].lower()}"
    else:
        prices = (
            wording.money(cents, row.currency) for cents in (row.cents_before, row.cents_after) if cents is not None
        )
        change = " before, now ".join(prices)
    return " · ".join(part for part in (change, row.title, row.asin, row.item_id) if part)
