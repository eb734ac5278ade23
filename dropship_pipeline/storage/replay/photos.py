"""What is known of the pictures of listings that are judged again."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text

from dropship_pipeline.models import Band
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import SAID_BANDS
from dropship_pipeline.storage.sellers.photos import AS_AMAZONS, KNOWN, PhotoPair
from dropship_pipeline.storage.sellers.values import FoundListing

_SAID = text(
    f"SELECT asin, item_id, band FROM {SAID_BANDS} s WHERE org_id = :org AND asin = ANY(:asins) AND band IS NOT NULL"  # noqa: S608
)
_OF_URLS = text(
    f"SELECT p.url, p.frames, p.phash, {AS_AMAZONS.format('p')} AS as_amazons FROM photos p "  # noqa: S608
    f"WHERE p.url = ANY(:urls) AND {KNOWN.format('p')}"
)


class KnownPhotos:
    """What is known of the pictures of listings that are judged again. Nothing is fetched, and a refusal stands.

    Args:
        bands: listings whose pictures are to be compared.
        version: of the way in which pictures are read; what was read in another counts as not known.
    """

    def __init__(self, database: Database, org_id: str, bands: Sequence[Band], *, version: int) -> None:
        self._database = database
        self._org_id = org_id
        self._bands = bands
        self._known = {"version": version, "refused_since": "-infinity"}

    def pairs(self, listings: Sequence[FoundListing], products: Mapping[str, str | None]) -> list[PhotoPair]:
        """Those of judged listings that are to be compared, and can be without a picture being fetched.

        Args:
            listings: each with its judgement.
            products: for each ASIN the address of Amazon's picture; None where there is none.
        """
        if not (listings and self._bands):
            return []
        with self._database.begin() as connection:
            said = self._said(connection, listings)
            chosen = [
                (one, one.match)
                for one in listings
                if one.match and said.get((one.asin, one.listing.product_id), one.match.band) in self._bands
            ]
            urls = {url for one, _ in chosen for url in (products[one.asin], one.listing.image_url) if url}
            values = {"urls": list(urls), **self._known}
            photos = {row.url: row for row in connection.execute(_OF_URLS, values)}
        pairs = []
        for one, match in chosen:
            amazon, own = photos.get(products[one.asin]), photos.get(one.listing.image_url)
            pairs.append(
                PhotoPair(
                    asin=one.asin,
                    item_id=one.listing.product_id,
                    product_url=products[one.asin],
                    listing_url=one.listing.image_url,
                    product_known=amazon is not None and amazon.as_amazons,
                    listing_known=own is not None,
                    frames=amazon.frames if amazon else None,
                    phash=own.phash if own else None,
                    match=match,
                )
            )
        return [pair for pair in pairs if pair.known]

    def _said(self, connection: Connection, listings: Sequence[FoundListing]) -> dict[tuple[str, str], str]:
        values = {"org": self._org_id, "asins": list({one.asin for one in listings})}
        return {(row.asin, row.item_id): row.band for row in connection.execute(_SAID, values)}
