"""`dropship why`: from a seller or a listing to the match, its reasons, the search, and the raw answer."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from dropship_pipeline.cli.stores import Stores, open_stores
from dropship_pipeline.cli.terminal import BANDS, AsJson, plain_errors, price, say, show_json
from dropship_pipeline.collection.provenance import search_of
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.models import Effect
from dropship_pipeline.storage.exports.files import replacing
from dropship_pipeline.storage.objects import object_store
from dropship_pipeline.storage.sellers.evidence import EvidenceItem
from dropship_pipeline.storage.sellers.listing import SellerList
from dropship_pipeline.storage.sellers.provenance import Find, PaidCall, Provenance, kept_answer

MAX_MATCHES = 500
_SIGNS: dict[Effect, str] = {"supports": "+", "neutral": " ", "weakens": "-", "bars": "!", "refutes": "!"}


def why(
    name: Annotated[str, typer.Argument(metavar="SELLER|ITEM", help="Name of a seller, or number of a listing.")],
    limit: Annotated[int, typer.Option(min=1, max=MAX_MATCHES, help="At most so many matches, newest first.")] = 20,
    *,
    answer: Annotated[
        Path | None, typer.Option("--answer", help="Write the raw answer of the newest match to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show why a seller or a listing counts: match, reasons, search, what it cost, and the raw answer."""
    with plain_errors(), open_stores() as stores:
        finds = _finds(stores, name, limit)
        if answer is not None:
            _save_answer(stores, finds[0], answer)
        if as_json:
            show_json([_document(find) for find in finds])
            return
        for find in finds:
            _show(find)
        if len(finds) == limit:
            say(f"At most {limit} are shown; --limit shows more")


def _finds(stores: Stores, name: str, limit: int) -> list[Find]:
    """The finds of a listing of this number, else of the seller of this name.

    Raises:
        RequestInvalid: there is neither, or the seller has no listing that is kept.
    """
    known = Provenance(stores.database, stores.settings.org)
    if name.isascii() and name.isdigit() and (finds := known.of_item(name, limit)):
        return finds
    (seller_id,) = SellerList(stores.database, stores.settings.org).ids_of([name])
    if finds := known.of_seller(seller_id, limit):
        return finds
    raise RequestInvalid(f"No listing of {name!r} is kept: the runs that saw it were removed")


def _save_answer(stores: Stores, find: Find, target: Path) -> None:
    with closing(object_store(stores.settings)) as objects:
        body = kept_answer(find, objects).body
    try:
        with replacing(target) as file:
            file.write(body)
    except OSError as error:
        raise RequestInvalid(f"{target} cannot be written: {error.strerror}") from None


def _document(find: Find) -> dict[str, object]:
    return {"seller_id": find.seller_id, "item": find.item, "search": search_of(find), "call": find.call}


def _show(find: Find) -> None:
    item, search = find.item, search_of(find)
    say(f"Listing {item.listing.item_id} for {item.asin}: {_judged(item)}")
    for site, side in (("Amazon", item.product), ("eBay", item.listing)):
        if side is not None:
            cost = price(side.price_cents, side.currency)
            say(f"  {site:<8} {side.title}{f', {cost}' if cost else ''}")
    for reason in item.match.reasons if item.match else ():
        say(f"    {_SIGNS[reason.effect]} {reason.sentence}")
    if search is not None:
        said = "; ".join([repr(search.words), *search.filters, f"page {search.page}"])
        say(f"  Search   {said}")
    say(f"  Call     {'not noted by the release that found it' if find.call is None else _paid(find.call)}")
    if find.call is not None:
        say(f"  Answer   {find.call.raw_key or 'is not kept any more'}")


def _judged(item: EvidenceItem) -> str:
    match, label = item.match, item.label
    judged = "not judged yet"
    if match is not None:
        judged = f"{BANDS[match.band]}, {match.probability:.0%}, by matcher {match.version}"
    if label is None:
        return judged
    said = "match" if label.is_match else "not the same"
    return f"{label.by} says: {said}, {label.at:%Y-%m-%d}; without that {judged}"


def _paid(call: PaidCall) -> str:
    about = "credits (estimated)" if call.credits_estimated else "credits"
    attempts = f"{call.attempts} attempt{'' if call.attempts == 1 else 's'}"
    run = f"run {call.run_id}, " if call.run_id is not None else ""
    cost = "open" if call.credits is None else f"{call.credits} {about}"
    return f"{call.reserved_at:%Y-%m-%d %H:%M} UTC, {call.state}, {cost}, {attempts}; {run}job {call.job_id}"
