"""The route of what changed between two seller searches."""

from dataclasses import asdict
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator, Field

from dropship_pipeline.admin.api.answers import Amount, Answer, amount
from dropship_pipeline.admin.api.parameters import PREFIX, Reader, RunId, Stores
from dropship_pipeline.admin.problems import NotFound, declared
from dropship_pipeline.admin.runs import MAX_RUN_ID
from dropship_pipeline.models import Band
from dropship_pipeline.storage.review.changes import MAX_SHOWN, ChangedListing, SellerChanges

router = APIRouter(prefix=PREFIX, tags=["sellers"], responses=declared())
TOTAL = "How many there are; the list holds the first of them"


class ChangedSellerOut(Answer):
    """A seller that one search met and the other did not."""

    seller_id: int
    seller_name: str
    products: int = Field(description="Best-selling products that led to the seller in the search that met it")


class ChangedSellersOut(Answer):
    """Sellers that came or went."""

    total: int = Field(description=TOTAL)
    sellers: list[ChangedSellerOut] = Field(validation_alias="rows")


class ChangedListingOut(BaseModel):
    """A listing that came, went, costs something else, or is judged otherwise."""

    asin: str
    item_id: str
    seller_id: int | None
    seller_name: str | None
    title: str
    price_before: Amount | None = Field(description="null where the earlier search did not meet it, or no price of it")
    price_after: Amount | None = Field(description="null where the later search did not meet it, or no price of it")
    band_before: Band | None = Field(description="How the earlier search judged it; null where that did not change")
    band_after: Band | None = Field(description="How the later search judged it; null where that did not change")

    @classmethod
    def of(cls, row: ChangedListing) -> Self:
        """With the prices as amounts."""
        prices = {"price_before": row.cents_before, "price_after": row.cents_after}
        return cls(**{**asdict(row), **{name: amount(cents, row.currency) for name, cents in prices.items()}})


class ChangedListingsOut(Answer):
    """Listings that came, went, cost something else, or are judged otherwise."""

    total: int = Field(description=TOTAL)
    listings: list[Annotated[ChangedListingOut, BeforeValidator(ChangedListingOut.of)]] = Field(validation_alias="rows")


class ChangesOut(Answer):
    """What changed from one search to another. What a search did not look for, or got no answer to, is not counted."""

    run_id: int = Field(description="The later search")
    against: int = Field(description="The earlier search")
    new_sellers: ChangedSellersOut = Field(description="Met by no search before")
    back_sellers: ChangedSellersOut = Field(description="Met before the earlier search, not by it, and now again")
    gone_sellers: ChangedSellersOut = Field(description="Not met again, though all their products were searched for")
    new_listings: ChangedListingsOut
    gone_listings: ChangedListingsOut
    moved_prices: ChangedListingsOut
    moved_bands: ChangedListingsOut


@router.get("/runs/{run_id}/changes", summary="What changed since an earlier search")
def show_changes(
    who: Reader,
    services: Stores,
    run_id: RunId,
    against: Annotated[
        int | None,
        Query(ge=1, le=MAX_RUN_ID, description="The earlier run; by default the newest one of the same settings"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_SHOWN, description="At most so many rows of each kind")] = 100,
) -> ChangesOut:
    """Sellers and listings that came and went, prices and bands that moved, between the jobs of two runs."""
    changes = SellerChanges(services.database, who.org)
    if not changes.knows(run_id):
        raise NotFound(f"There is no run {run_id} of collect_sellers; GET {PREFIX}/runs lists those there are")
    earlier = changes.run_before(run_id) if against is None else against
    if earlier is None:
        raise NotFound(f"No finished run before run {run_id} has the same settings; name one with `against`")
    return ChangesOut.model_validate(changes.between(earlier, run_id, most=limit))
