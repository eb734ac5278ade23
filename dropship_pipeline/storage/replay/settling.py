"""Brings sellers and the figures of runs in line with a job's listings, after these have been replaced. SQL only."""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from dropship_pipeline.storage.sellers.search_results import CATCH_UP

# Sellers that no later job saw are written as if the job saw them for the first time: what was read wrongly is replaced
# and not merged with.
_FORGET = """
    DELETE FROM seller_jobs j USING sellers s WHERE s.id = j.seller_id AND s.org_id = :org AND j.job_id = :job
    AND NOT EXISTS (SELECT FROM seller_runs r JOIN collection_runs c ON c.id = r.run_id
        WHERE r.seller_id = j.seller_id AND c.job_id <> :job AND c.id > :last)
"""
# Sellers that the job sees, or saw.
_CONCERNED = "SELECT seller_id FROM seller_jobs WHERE job_id = :job UNION SELECT seller_id FROM sellers_before"
_SETTLE = (
    # Which sellers the job saw, and which of its runs did.
    """
    INSERT INTO seller_jobs (seller_id, job_id, listings)
    SELECT seller_id, :job, count(*) FROM collection_items WHERE job_id = :job AND seller_id IS NOT NULL
    GROUP BY seller_id ORDER BY seller_id
    ON CONFLICT (seller_id, job_id) DO UPDATE SET listings = EXCLUDED.listings
    """,
    """
    DELETE FROM seller_jobs j WHERE j.job_id = :job AND NOT EXISTS (
        SELECT FROM collection_items i WHERE i.job_id = :job AND i.seller_id = j.seller_id)
    """,
    """
    INSERT INTO seller_runs (seller_id, run_id, listings)
    SELECT seller_id, run_id, count(*) FROM collection_items WHERE job_id = :job AND seller_id IS NOT NULL
    GROUP BY seller_id, run_id ORDER BY seller_id, run_id
    ON CONFLICT (seller_id, run_id) DO UPDATE SET listings = EXCLUDED.listings
    """,
    """
    DELETE FROM seller_runs r USING collection_runs c WHERE c.id = r.run_id AND c.job_id = :job AND NOT EXISTS (
        SELECT FROM collection_items i WHERE i.job_id = :job AND i.run_id = r.run_id AND i.seller_id = r.seller_id)
    """,
    # Products that led to a seller and do not any more.
    f"""
    UPDATE sellers s SET source_products = kept.products
    FROM (
        SELECT s.id, coalesce(jsonb_agg(known.product ORDER BY known.place) FILTER (WHERE i.asin IS NOT NULL), '[]')
            AS products
        FROM sellers s JOIN ({_CONCERNED}) AS concerned ON concerned.seller_id = s.id
        CROSS JOIN jsonb_array_elements(s.source_products) WITH ORDINALITY AS known(product, place)
        LEFT JOIN (
            SELECT DISTINCT seller_id, asin FROM collection_items JOIN ({_CONCERNED}) AS concerned USING (seller_id)
        ) AS i ON i.seller_id = s.id AND i.asin = known.product ->> 'asin'
        GROUP BY s.id HAVING count(*) > count(i.asin)
    ) AS kept
    WHERE s.id = kept.id
    """,  # noqa: S608  (constants only)
    CATCH_UP.text.replace(":job_id", ":job"),
    f"""
    UPDATE sellers s SET collection_count = counted.jobs
    FROM (
        SELECT concerned.seller_id, count(j.job_id) AS jobs
        FROM ({_CONCERNED}) AS concerned LEFT JOIN seller_jobs j USING (seller_id) GROUP BY concerned.seller_id
    ) AS counted
    WHERE s.id = counted.seller_id AND s.collection_count <> counted.jobs
    """,  # noqa: S608  (constants only)
    # A seller that no job sees any more goes, unless a person has said something of it.
    """
    DELETE FROM sellers s WHERE s.id IN (SELECT seller_id FROM sellers_before) AND s.org_id = :org
    AND NOT EXISTS (SELECT FROM seller_jobs j WHERE j.seller_id = s.id)
    AND NOT EXISTS (SELECT FROM seller_marks m WHERE m.seller_id = s.id)
    """,
    # One that the job was the first to see, and that only others see now, is new in the first of these.
    """
    UPDATE sellers s SET first_job_id = other.job_id
    FROM (
        SELECT DISTINCT ON (r.seller_id) r.seller_id, c.job_id
        FROM seller_runs r JOIN collection_runs c ON c.id = r.run_id
        WHERE r.seller_id IN (SELECT seller_id FROM sellers_before) ORDER BY r.seller_id, c.id
    ) AS other
    WHERE s.id = other.seller_id AND s.org_id = :org AND s.first_job_id = :job
    AND NOT EXISTS (SELECT FROM seller_jobs j WHERE j.seller_id = s.id AND j.job_id = :job)
    """,
    # Figures of the runs that this concerns: the job's own, and those that now saw a seller first.
    """
    UPDATE collection_runs c SET sellers_found = counted.sellers, new_sellers = counted.new
    FROM (
        SELECT run.id, count(r.seller_id) AS sellers,
            count(r.seller_id) FILTER (WHERE s.first_job_id = run.job_id AND NOT EXISTS (
                SELECT FROM seller_runs e JOIN collection_runs x ON x.id = e.run_id
                WHERE e.seller_id = s.id AND x.job_id = run.job_id AND x.id < run.id)) AS new
        FROM collection_runs run LEFT JOIN seller_runs r ON r.run_id = run.id LEFT JOIN sellers s ON s.id = r.seller_id
        WHERE run.org_id = :org AND (run.job_id = :job OR run.job_id IN (
            SELECT first_job_id FROM sellers WHERE id IN (SELECT seller_id FROM sellers_before)))
        GROUP BY run.id
    ) AS counted
    WHERE c.id = counted.id AND (c.sellers_found, c.new_sellers) <> (counted.sellers, counted.new)
    """,
)


def forget_sightings(connection: Connection, values: Mapping[str, object]) -> None:
    """Forget for now that the job saw its sellers; `settle` notes it again.

    Args:
        connection: in a transaction.
        values: `org`, `job`, and `last`, the number of the job's newest run.
    """
    connection.execute(text(_FORGET), values)


def settle(connection: Connection, values: Mapping[str, object]) -> None:
    """Bring all that depends on the job's listings in line with them; needs what `changes.note_before` noted.

    Args:
        connection: in the transaction that replaced them.
        values: as above.
    """
    for statement in _SETTLE:
        connection.execute(text(statement), values)
