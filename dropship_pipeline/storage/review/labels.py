"""What people say of matches: whether a listing is the product. It wins over the matcher, whatever is found later."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Numeric, cast, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.connection import OfOrg, storable
from dropship_pipeline.storage.database.tables import judged_items, match_labels, stale_sellers
from dropship_pipeline.storage.database.tables.judged import LISTED_ON
from dropship_pipeline.storage.exports.documents import document
from dropship_pipeline.storage.review.change_log import Change, Changed, log_changes
from dropship_pipeline.storage.sellers.evidence import finds

_LABEL = match_labels.c
_FIELDS = ("is_match", "labelled_by", "labelled_at")
# Found through the org's jobs, by the key of their listings.
_SELLERS = text(
    """
    SELECT DISTINCT i.seller_id
    FROM (SELECT DISTINCT job_id FROM collection_runs WHERE org_id = :org) AS ours
        JOIN collection_items i ON i.job_id = ours.job_id AND i.asin = :asin AND i.item_id = :item
    WHERE i.org_id = :org AND i.seller_id IS NOT NULL ORDER BY i.seller_id
    """
)


def _price(cents: ColumnElement[int]) -> ColumnElement[Decimal]:
    """A price as it is written: 12.99."""
    return func.round(cast(cents, Numeric) / 100, 2)


# As `make match-train` reads them, and who said it.
_LABELLED = (
    select(
        _LABEL.product_title.label("title_a"),
        _LABEL.listing_title.label("title_b"),
        _price(_LABEL.amazon_price_cents).label("price_a"),
        _price(_LABEL.ebay_price_cents).label("price_b"),
        func.coalesce(_LABEL.currency, "").label("currency"),
        cast(_LABEL.is_match, Integer).label("match"),
        literal("said by a person").label("kind"),
        _LABEL.asin,
        _LABEL.item_id,
        _LABEL.labelled_by,
        _LABEL.labelled_at,
    )
    .where(_LABEL.is_match.is_not(None), _LABEL.product_title.is_not(None))
    .order_by(_LABEL.asin, _LABEL.item_id)
)


class MatchLabels(OfOrg):
    """The labels of one org. Every method is one transaction, or part of one, and raises StorageUnavailable."""

    def say(self, seller_id: int, asin: str, item_id: str, *, is_match: bool | None, by: str) -> Changed:
        """Keep whether a seller's listing is the product; `undo.undo_latest` takes it back.

        The numbers and scores of every seller whose listing it is are others then.

        Args:
            seller_id: whose listing it is.
            asin: the product.
            item_id: the listing.
            is_match: None takes back what was said, by whomever.
            by: the person's name.

        Raises:
            RequestInvalid: the org has no such listing of this seller for this product.
        """
        asin, item_id = storable(asin), storable(item_id)
        with self._database.begin() as connection:
            seen = self._seen(connection, seller_id, asin, item_id)
            before = self._locked(connection, asin, item_id, seen)
            if before["is_match"] == is_match:
                return Changed()
            said = is_match is not None
            after = {
                "is_match": is_match,
                "labelled_by": by if said else None,
                "labelled_at": utc_now().isoformat() if said else None,
            }
            self._write(connection, asin, item_id, after | seen)
            change = Change(seller_id=seller_id, asin=asin, item_id=item_id, before=before, after=after)
            change_id = log_changes(connection, self._org_id, [change], by=by)
            return Changed(change_id, self._note(connection, asin, item_id))

    def restore(self, connection: Connection, changes: Iterable[Change]) -> list[int]:
        """Take changes back, but for what somebody has changed since; return the sellers whose matches these are.

        Args:
            connection: in the transaction that took the changes from the log.
            changes: of matches.
        """
        sellers: set[int] = set()
        for change in changes:
            asin, item_id = change.asin or "", change.item_id or ""
            if change.restored(self._locked(connection, asin, item_id)) == dict(change.before):
                self._write(connection, asin, item_id, change.before)
                sellers.update(self._note(connection, asin, item_id))
        return sorted(sellers)

    def export(self) -> Iterator[bytes]:
        """All that was said as one CSV document, with the columns that `make match-train` reads.

        Left out is what was said of a listing whose product was no longer known.
        """
        query = _LABELLED.where(_LABEL.org_id == self._org_id)
        return document(self._database, query, "csv", name="labels")

    def _seen(self, connection: Connection, seller_id: int, asin: str, item_id: str) -> dict[str, Any]:
        """What the person sees: product and listing as they were found last."""
        item = judged_items.c
        theirs = (item.seller_id == seller_id, item.asin == asin, item.item_id == item_id)
        newest = finds(self._org_id).where(*theirs).order_by(item.seen_at.desc()).limit(1)
        row = connection.execute(newest).mappings().one_or_none()
        if row is None:
            raise RequestInvalid(f"Seller {seller_id} has no listing {item_id!r} for {asin!r}")
        return {
            "product_title": row["product_title"],
            "listing_title": row["title"],
            **{name: row[name] for name in ("amazon_price_cents", "ebay_price_cents", "currency")},
        }

    def _locked(
        self, connection: Connection, asin: str, item_id: str, seen: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """What is said of a match, as JSON holds it; nobody else can change it before the transaction ends."""
        if seen is not None:
            row = {**self._key(asin, item_id), **seen}
            connection.execute(upsert(match_labels).values(row).on_conflict_do_nothing())
        locked = select(*(_LABEL[name] for name in _FIELDS)).where(*self._is(asin, item_id)).with_for_update()
        found = dict(connection.execute(locked).mappings().one())
        return found | {"labelled_at": found["labelled_at"] and found["labelled_at"].astimezone(UTC).isoformat()}

    def _write(self, connection: Connection, asin: str, item_id: str, fields: Mapping[str, Any]) -> None:
        row = {**fields, "changed_at": func.clock_timestamp()}
        connection.execute(update(match_labels).where(*self._is(asin, item_id)).values(row))

    def _note(self, connection: Connection, asin: str, item_id: str) -> list[int]:
        """Note that the numbers of all sellers of a listing may have changed; return these sellers."""
        values = {"org": self._org_id, "asin": asin, "item": item_id}
        sellers = list(connection.execute(_SELLERS, values).scalars())
        if sellers:
            rows = [{"org_id": self._org_id, "seller_id": seller_id} for seller_id in sellers]
            connection.execute(insert(stale_sellers), rows)
        return sellers

    def _key(self, asin: str, item_id: str) -> dict[str, str]:
        return {"org_id": self._org_id, "platform": LISTED_ON, "asin": asin, "item_id": item_id}

    def _is(self, asin: str, item_id: str) -> list[ColumnElement[bool]]:
        return [_LABEL[name] == value for name, value in self._key(asin, item_id).items()]
