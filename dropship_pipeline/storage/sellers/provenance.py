"""Where a find comes from: the paid call in whose answer it stands, and that answer as it was kept."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy import Row, Select, select

from dropship_pipeline.errors import CollectionError
from dropship_pipeline.models import ApiAnswer, ApiRequest, Provider
from dropship_pipeline.storage.database.connection import OfOrg, storable
from dropship_pipeline.storage.database.tables import api_calls, judged_items
from dropship_pipeline.storage.raw_answers import unpack
from dropship_pipeline.storage.sellers.evidence import EvidenceItem, evidence_item, finds

# Sellers are searched for on eBay, through this provider.
SEARCHED_THROUGH: Provider = "scraperapi"
_ITEMS = judged_items.c


class AnswerGone(CollectionError):
    """A kept answer that is not there any more, or is not what was kept; the message says which."""

    kind = "answer_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidCall:
    """A row of the call ledger.

    Args:
        run_id: the run that made it, or made it last.
        params: of the request, without the key.
        credits: what it cost with all its attempts; None while it is open.
        credits_estimated: True where the provider did not name the credits.
        error: why it failed; None otherwise.
        raw_key: of its answer in the object store; None where none is kept, or where it was pruned.
    """

    job_id: str
    provider: Provider
    fingerprint: str
    run_id: int | None
    path: str
    params: Mapping[str, str]
    state: Literal["reserved", "settled", "failed"]
    credits: int | None
    credits_estimated: bool
    attempts: int
    http_status: int | None
    error: str | None
    reserved_at: datetime
    settled_at: datetime | None
    raw_key: str | None


@dataclass(frozen=True, slots=True)
class Find:
    """A find with the call that it came from.

    Args:
        seller_id: whose listing it is; None where the answer named no seller.
        call: None in finds of a release that did not note it, and where the ledger has no such call.
    """

    seller_id: int | None
    item: EvidenceItem
    call: PaidCall | None


class RawReader(Protocol):
    """The part of the object store that is needed here."""

    def get(self, key: str) -> bytes | None:
        """Read an object; None if there is none."""
        ...


class Provenance(OfOrg):
    """Reads of one org; what another org has is not found. Every method raises StorageUnavailable."""

    def match(self, seller_id: int, asin: str, item_id: str, job_id: str | None = None) -> Find | None:
        """The seller's find of this listing for this product; None if there is none.

        Args:
            seller_id: the seller.
            asin: the product.
            item_id: the listing.
            job_id: of the job that found it; None for the one that saw it last.
        """
        query = self._finds(1).where(
            _ITEMS.seller_id == seller_id, _ITEMS.asin == storable(asin), _ITEMS.item_id == storable(item_id)
        )
        if job_id is not None:
            query = query.where(_ITEMS.job_id == storable(job_id))
        return next(iter(self._read(query)), None)

    def of_seller(self, seller_id: int, most: int) -> list[Find]:
        """The seller's finds, newest first."""
        return self._read(self._finds(most).where(_ITEMS.seller_id == seller_id))

    def of_item(self, item_id: str, most: int) -> list[Find]:
        """The finds of a listing, by whatever job and for whatever product, newest first."""
        return self._read(self._finds(most).where(_ITEMS.item_id == storable(item_id)))

    def _finds(self, most: int) -> Select[Any]:
        newest = (_ITEMS.seen_at.desc(), _ITEMS.job_id, _ITEMS.asin, _ITEMS.item_id)
        return finds(self._org_id).add_columns(_ITEMS.seller_id).order_by(*newest).limit(most)

    def _read(self, query: Select[Any]) -> list[Find]:
        with self._database.begin() as connection:
            rows = connection.execute(query).mappings().all()
            calls = api_calls.c
            made = select(api_calls).where(
                calls.org_id == self._org_id,
                calls.provider == SEARCHED_THROUGH,
                calls.job_id.in_({row["job_id"] for row in rows}),
                calls.fingerprint.in_({row["call_fingerprint"] for row in rows} - {None}),
            )
            known = {(row.job_id, row.fingerprint): _call(row) for row in connection.execute(made)} if rows else {}
        return [
            Find(row["seller_id"], evidence_item(dict(row)), known.get((row["job_id"], row["call_fingerprint"])))
            for row in rows
        ]


def kept_answer(find: Find, raw: RawReader) -> ApiAnswer:
    """The answer in which a find stands, as it came from the provider.

    Raises:
        AnswerGone: no call is known, its answer was pruned or is gone, or is not what was kept.
        StorageUnavailable: the object store does not answer.
    """
    call = find.call
    if call is None:
        raise AnswerGone("This listing was found by a release that did not note the call; a new search does")
    if call.raw_key is None:
        raise AnswerGone("The answer of this call is not kept any more: it was pruned. What was read from it stays")
    request = ApiRequest(call.provider, call.path, call.params)
    # A row that somebody changed must not lead to the answer of another call, or to another org's.
    if request.fingerprint != call.fingerprint or not _belongs(call):
        raise AnswerGone("The ledger's row does not fit the answer that it names; it is not shown")
    data = raw.get(call.raw_key)
    if data is None:
        raise AnswerGone("The answer of this call is no longer in the object store; a restored backup may have it")
    try:
        return unpack(data).answer
    except (OSError, EOFError, zlib.error, json.JSONDecodeError, UnicodeDecodeError, KeyError, ValueError, TypeError):
        raise AnswerGone("What the object store has is not the answer that was kept; it is not shown") from None


def _belongs(call: PaidCall) -> bool:
    name = f"raw/{call.provider}/{call.job_id}/{call.fingerprint}"
    return call.raw_key in {f"{name}.json.gz", f"{name}.failed.json.gz"}


def _call(row: Row[Any]) -> PaidCall:
    names: Sequence[str] = [name for name in PaidCall.__dataclass_fields__ if name not in {"path", "params"}]
    request: Mapping[str, Any] = row.request
    return PaidCall(path=str(request["path"]), params=request["params"], **{name: getattr(row, name) for name in names})
