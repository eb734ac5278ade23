"""The pictures of a job's listings: what is kept of each picture, and what each listing's is to Amazon's. SQL only.

A listing's judgement is final once its pictures are compared: `match_…` then says what title, price and photo say
together. A search that writes a listing anew leaves it without a photo, so that nothing counts twice; a replay compares
what is known of its pictures before it is written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from dropship_pipeline.models import Band, Match, utc_now
from dropship_pipeline.storage.database.bulk import as_json
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import JUDGED_ITEMS
from dropship_pipeline.storage.sellers.evidence import match_of
from dropship_pipeline.storage.sellers.listing_rows import reason_values

PAGE = 200
_CHOSEN = "i.job_id = :job AND i.org_id = :org AND i.band = ANY(:bands) AND i.match_band IS NOT NULL"
_WAITING = f"{_CHOSEN} AND i.photo_band IS NULL"
# When a picture `{0}` is known, and when it was read as Amazon's.
KNOWN = "{0}.version = :version AND ({0}.refused IS NULL OR {0}.fetched_at >= :refused_since)"
AS_AMAZONS = "({0}.frames IS NOT NULL OR {0}.refused IS NOT NULL)"
_COUNT = text(f"SELECT count(*) FROM {JUDGED_ITEMS} i WHERE {_WAITING}")  # noqa: S608  (constants only, as below)
_PAGE = text(
    f"""
    SELECT i.asin, i.item_id, i.image_url AS listing_url, p.image_url AS product_url,
        i.match_probability, i.match_band, i.match_reasons, i.matcher_version,
        a.url IS NOT NULL AS product_known, a.frames, l.url IS NOT NULL AS listing_known, l.phash
    FROM {JUDGED_ITEMS} i
        LEFT JOIN job_products p ON p.job_id = i.job_id AND p.asin = i.asin AND p.org_id = i.org_id
        LEFT JOIN photos a ON a.url = p.image_url AND {KNOWN.format("a")} AND {AS_AMAZONS.format("a")}
        LEFT JOIN photos l ON l.url = i.image_url AND {KNOWN.format("l")}
    WHERE {_WAITING} AND (i.asin, i.item_id) > (:asin, :item_id)
    ORDER BY i.asin, i.item_id LIMIT :many
    """  # noqa: S608
)
_SAVE_PHOTO = text(
    """
    INSERT INTO photos (url, phash, frames, refused, version, fetched_at)
    VALUES (:url, :phash, :frames, :refused, :version, :fetched_at)
    ON CONFLICT (url) DO UPDATE SET phash = EXCLUDED.phash, frames = EXCLUDED.frames, refused = EXCLUDED.refused,
        version = EXCLUDED.version, fetched_at = EXCLUDED.fetched_at
    """
)
_SAVE_VERDICTS = text(
    """
    UPDATE collection_items i SET photo_band = v.photo_band, photo_distance = v.photo_distance,
        match_probability = v.probability, match_band = v.band, match_reasons = v.reasons
    FROM jsonb_to_recordset(CAST(:verdicts AS jsonb)) AS v(asin text, item_id text, photo_band text,
        photo_distance smallint, probability float, band text, reasons jsonb)
    WHERE i.job_id = :job AND i.org_id = :org AND i.asin = v.asin AND i.item_id = v.item_id AND i.photo_band IS NULL
    """
)
_VERDICTS = text(
    "SELECT photo_band, count(*) AS number FROM collection_items "
    "WHERE job_id = :job AND org_id = :org AND photo_band IS NOT NULL GROUP BY photo_band"
)
_PICTURES = text(
    """
    WITH compared AS (
        SELECT i.image_url, p.image_url AS product_image_url
        FROM collection_items i JOIN job_products p ON p.job_id = i.job_id AND p.asin = i.asin AND p.org_id = i.org_id
        WHERE i.job_id = :job AND i.org_id = :org AND i.photo_band IS NOT NULL
            AND i.image_url IS NOT NULL AND p.image_url IS NOT NULL
    ), wanted AS (
        SELECT image_url AS url FROM compared UNION SELECT product_image_url FROM compared
    ), run AS (SELECT coalesce(started_at, created_at) AS began FROM collection_runs WHERE id = :run_id)
    SELECT CASE WHEN f.url IS NULL THEN 'not_asked' ELSE f.refused END AS refused,
        coalesce(f.fetched_at < run.began, false) AS known, count(*) AS number
    FROM wanted w CROSS JOIN run LEFT JOIN photos f ON f.url = w.url GROUP BY 1, 2
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPhoto:
    """What is kept of a picture.

    Args:
        phash: its hash; None where it shows nothing or was refused.
        frames: those of an Amazon picture, packed; None where it was read as a listing's picture.
        refused: the kind of error for which it could not be had.
    """

    phash: int | None = None
    frames: bytes | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPair:
    """A listing whose picture is to be compared with its product's.

    Args:
        product_url: of Amazon's picture; None where there is none.
        product_known: whether Amazon's picture was read, or refused, before.
        listing_known: likewise.
        frames: what is kept of Amazon's picture.
        phash: what is kept of the listing's.
        match: the judgement without the pictures.
    """

    asin: str
    item_id: str
    product_url: str | None
    listing_url: str | None
    product_known: bool
    listing_known: bool
    frames: bytes | None
    phash: int | None
    match: Match

    @property
    def place(self) -> tuple[str, str]:
        """Where it stands in the order of the pages."""
        return self.asin, self.item_id

    @property
    def known(self) -> bool:
        """Whether nothing would have to be fetched to compare them."""
        return None in (self.product_url, self.listing_url) or (self.product_known and self.listing_known)


@dataclass(frozen=True, slots=True)
class PhotoVerdict:
    """What a listing's picture is to Amazon's (`same`, `similar`, `other`, `unknown`), and the judgement with it."""

    pair: PhotoPair
    band: str
    distance: int | None
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFigures:
    """What the photo evidence of a job came to.

    Args:
        fetched: distinct pictures that this run has read.
        known: that were read by an earlier run or job.
        refused: distinct pictures that could not be had, by the kind of error; `not_asked` where a host was given up.
        verdicts: listings by what their picture is.
    """

    fetched: int
    known: int
    refused: Mapping[str, int]
    verdicts: Mapping[str, int]

    @property
    def numbers(self) -> Mapping[str, int]:
        """By the name that each has in the metadata of a run."""
        return {
            "pictures_fetched": self.fetched,
            "pictures_known": self.known,
            "pictures_refused": sum(self.refused.values()),
            **{f"pictures_refused_{kind}": number for kind, number in sorted(self.refused.items())},
            **{f"photos_{band}": self.verdicts.get(band, 0) for band in ("same", "similar", "other", "unknown")},
        }


PhotoJudge = Callable[[PhotoPair], PhotoVerdict]


class PhotoPairs:
    """The listings of a job whose pictures are to be compared, page by page.

    Args:
        version: of the way in which pictures are read; what was read in another counts as not known.
        refused_since: a picture that was refused before this counts as not known.
    """

    def __init__(
        self, org_id: str, job_id: str, bands: Sequence[Band], *, version: int, refused_since: datetime
    ) -> None:
        self._values = {"org": org_id, "job": job_id, "bands": list(bands), "version": version}
        self._refused_since = refused_since

    def count(self, connection: Connection) -> int:
        """How many there are."""
        return int(connection.execute(_COUNT, self._values).scalar_one())

    def page(self, connection: Connection, after: tuple[str, str]) -> list[PhotoPair]:
        """At most `PAGE` of them behind a place, in order."""
        place = {"asin": after[0], "item_id": after[1], "many": PAGE, "refused_since": self._refused_since}
        return [_pair(dict(row)) for row in connection.execute(_PAGE, {**self._values, **place}).mappings()]

    def save(self, connection: Connection, verdicts: Sequence[PhotoVerdict]) -> None:
        """Write what their pictures are; those that are written already stay as they are."""
        if not verdicts:
            return
        written = [
            {
                "asin": verdict.pair.asin,
                "item_id": verdict.pair.item_id,
                "photo_band": verdict.band,
                "photo_distance": verdict.distance,
                "probability": verdict.match.probability,
                "band": verdict.match.band,
                "reasons": reason_values(verdict.match),
            }
            for verdict in verdicts
        ]
        values = {name: self._values[name] for name in ("org", "job")}
        # One document: in an array, each reason would be searched for what has to be escaped.
        connection.execute(_SAVE_VERDICTS, {"verdicts": as_json(written), **values})


def save_photo(database: Database, url: str, photo: KeptPhoto, version: int) -> None:
    """Keep what was read of a picture. Raises StorageUnavailable."""
    with database.autocommit() as connection:
        row = {"url": url, "version": version, "fetched_at": utc_now(), **asdict(photo)}
        connection.execute(_SAVE_PHOTO, row)


def photo_figures(database: Database, org_id: str, job_id: str, run_id: int) -> PhotoFigures:
    """What the photo evidence of a job came to; `fetched` and `known` from the view of one of its runs.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    values = {"org": org_id, "job": job_id, "run_id": run_id}
    fetched = known = 0
    refused: dict[str, int] = {}
    with database.begin() as connection:
        verdicts = {row.photo_band: row.number for row in connection.execute(_VERDICTS, values)}
        for row in connection.execute(_PICTURES, values):
            if row.refused is not None:
                refused[row.refused] = refused.get(row.refused, 0) + row.number
            elif row.known:
                known += row.number
            else:
                fetched += row.number
    return PhotoFigures(fetched=fetched, known=known, refused=refused, verdicts=verdicts)


def _pair(row: Mapping[Any, Any]) -> PhotoPair:
    match = match_of(row)
    if match is None:
        raise TypeError(f"listing {row['item_id']} was chosen by its judgement, and has none")
    return PhotoPair(match=match, **{name: row[name] for name in PhotoPair.__dataclass_fields__ if name != "match"})
