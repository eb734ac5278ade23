"""Writes sellers in bulk inside the caller's transaction: a row a seller and org, the jobs and the runs that saw it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from dropship_pipeline.models import normalize_seller_name
from dropship_pipeline.storage.database.bulk import NOTHING, WriteCount, counted, distinct, stage_rows
from dropship_pipeline.storage.database.tables import sellers
from dropship_pipeline.storage.sellers.values import SOURCE_PRODUCTS_KEPT, SeenSeller


def save_sellers(
    connection: Connection, org_id: str, job_id: str, found: Sequence[Mapping[str, Any]], *, run_id: int | None = None
) -> WriteCount:
    """Upsert sellers by (org, seller_name_normalized) and note that this job and this run saw them.

    `collection_count` is the number of jobs that saw the seller: writing the same rows again changes nothing. The
    run's own numbers of sellers, and of new ones, grow in the same transaction: so they are exact whenever it ends.

    Args:
        connection: in a transaction.
        org_id: whose sellers.
        job_id: the job that saw them.
        run_id: the run that saw them; None where none is recorded.
        found: columns of `sellers`, with `listings`, the number of the seller's listings that the job found.

    Returns:
        How many were new.
    """
    own = {"org_id": org_id, "first_job_id": job_id}
    staged = distinct([{**row, **own} for row in found], ("seller_name_normalized",))
    if not staged:
        return NOTHING
    count = _merge(connection, stage_rows(connection, sellers, staged, extra={"listings": "integer"}), job_id)
    _note_job(connection, org_id, job_id)
    if run_id is not None:
        _note_run(connection, org_id, run_id, count.inserted)
    return count


def seller_columns(seen: SeenSeller) -> dict[str, Any]:
    """A seller as columns of `sellers`, and `listings`."""
    return {
        "seller_name": seen.seller.name,
        "seller_name_normalized": normalize_seller_name(seen.seller.name),
        "feedback_percent": seen.seller.feedback_percent,
        "feedback_count": seen.seller.feedback_count,
        "first_seen_at": seen.seen_at,
        "last_seen_at": seen.seen_at,
        "source_products": [asdict(product) for product in seen.products],
        "listings": seen.listings,
    }


def _merge(connection: Connection, columns: Sequence[str], job_id: str) -> WriteCount:
    """Upsert the staged sellers: the first time seen stays, the last one moves on, and no known value becomes null.

    A later job's figures replace an earlier one's. Those of one job agree like `Seller.agreed_with`, so that the order
    in which its searches end leaves no trace. A new seller is seen by one job; `_note_job` counts the others.
    """
    quoted = ", ".join(f'"{name}"' for name in columns)
    return counted(
        connection,
        f"""
        INSERT INTO sellers ({quoted}, collection_count) SELECT {quoted}, 1 FROM stage ORDER BY seller_name_normalized
        ON CONFLICT (org_id, seller_name_normalized) DO UPDATE SET
            (seller_name, feedback_percent, feedback_count) = (
                SELECT
                    CASE WHEN same_job THEN least(EXCLUDED.seller_name COLLATE "C", sellers.seller_name)
                        ELSE EXCLUDED.seller_name END,
                    CASE WHEN same_job THEN least(EXCLUDED.feedback_percent, sellers.feedback_percent)
                        ELSE coalesce(EXCLUDED.feedback_percent, sellers.feedback_percent) END,
                    CASE WHEN same_job
                            AND (length(rtrim(sellers.feedback_count::text, '0')), sellers.feedback_count)
                                > (length(rtrim(EXCLUDED.feedback_count::text, '0')), EXCLUDED.feedback_count)
                        THEN sellers.feedback_count
                        ELSE coalesce(EXCLUDED.feedback_count, sellers.feedback_count) END
                FROM (
                    SELECT EXISTS (
                        SELECT FROM seller_jobs j WHERE j.seller_id = sellers.id AND j.job_id = %(job_id)s
                    ) AS same_job
                ) AS seen
            ),
            last_seen_at = greatest(EXCLUDED.last_seen_at, sellers.last_seen_at),
            updated_at = now(),
            source_products = (
                SELECT coalesce(jsonb_agg(product ORDER BY place), '[]')
                FROM (
                    SELECT (array_agg(product ORDER BY place))[1] AS product, min(place) AS place
                    FROM jsonb_array_elements(EXCLUDED.source_products || sellers.source_products)
                        WITH ORDINALITY AS listed(product, place)
                    GROUP BY product ->> 'asin' ORDER BY 2 LIMIT {SOURCE_PRODUCTS_KEPT}
                ) AS newest
            )
        """,  # noqa: S608  (names come from our own table, values travel by COPY)
        {"job_id": job_id},
    )


def _note_job(connection: Connection, org_id: str, job_id: str) -> None:
    """Note that the job saw the staged sellers, and count anew in how many jobs each was seen."""
    parameters = {"org_id": org_id, "job_id": job_id}
    connection.exec_driver_sql(
        """
        INSERT INTO seller_jobs (seller_id, job_id, listings)
        SELECT s.id, %(job_id)s, stage.listings
        FROM stage JOIN sellers s ON s.org_id = %(org_id)s AND s.seller_name_normalized = stage.seller_name_normalized
        ORDER BY stage.seller_name_normalized
        ON CONFLICT (seller_id, job_id) DO UPDATE SET listings = EXCLUDED.listings
        """,
        parameters,
    )
    connection.exec_driver_sql(
        """
        UPDATE sellers s SET collection_count = jobs.number
        FROM stage
        JOIN sellers seen ON seen.org_id = %(org_id)s AND seen.seller_name_normalized = stage.seller_name_normalized
        CROSS JOIN LATERAL (SELECT count(*) AS number FROM seller_jobs j WHERE j.seller_id = seen.id) AS jobs
        WHERE s.id = seen.id AND s.collection_count <> jobs.number
        """,
        parameters,
    )


def _note_run(connection: Connection, org_id: str, run_id: int, new_sellers: int) -> None:
    """Note that the run saw the staged sellers, and count in its record those that it had not seen before.

    Within a run a seller is written anew where its feedback was not known yet; `listings` are those that the last
    writing names, until the search counts them all at its end.
    """
    seen = counted(
        connection,
        f"""
        INSERT INTO seller_runs (seller_id, run_id, listings)
        SELECT s.id, {int(run_id)}, stage.listings
        FROM stage JOIN sellers s ON s.org_id = stage.org_id AND s.seller_name_normalized = stage.seller_name_normalized
        ORDER BY stage.seller_name_normalized
        ON CONFLICT (seller_id, run_id) DO UPDATE SET listings = EXCLUDED.listings
        """,  # noqa: S608  (a number of ours)
    )
    connection.exec_driver_sql(
        """
        UPDATE collection_runs SET sellers_found = sellers_found + %(seen)s, new_sellers = new_sellers + %(new)s
        WHERE id = %(run_id)s AND org_id = %(org_id)s
        """,
        {"seen": seen.inserted, "new": new_sellers, "run_id": run_id, "org_id": org_id},
    )
