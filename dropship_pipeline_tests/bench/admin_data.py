"""A database as years of seller searches leave it: 100,000 sellers, and 1,000,000 listings of the two latest searches.

Both searched for the same 10,000 products; of the ten searches before them only whom they met is left. People have
marked every second seller and labelled some matches, and the log of what they did has 1,000,000 rows.
"""

from dataclasses import asdict

from sqlalchemy import BindParameter, bindparam, text

from dropship_pipeline.models import StoredImage
from dropship_pipeline.storage.database.connection import Database

SELLERS, ITEMS, PRODUCTS, LOGGED = 100_000, 1_000_000, 10_000, 1_000_000
# Runs, and their jobs `search-11` and `search-12`: those with listings.
BEFORE, LATEST = 11, 12
_RUNS = """
    INSERT INTO collection_runs (org_id, job_id, job_name, dagster_run_id, status, started_at, completed_at, sandbox,
                                 sellers_found, new_sellers, credits_used)
    SELECT 'default', 'search-' || n, 'collect_sellers', 'bench-lists-' || n, 'completed', day, day, true,
        40000, 4000, :products
    FROM (SELECT n, now() - (:latest - n) * interval '30 days' AS day FROM generate_series(1, :latest) AS n) AS days
"""
_WORKLISTS = """
    INSERT INTO job_products (job_id, asin, org_id, position, title, price_cents, currency, url, image_url, categories)
    SELECT 'search-' || run, 'B' || lpad(n::text, 9, '0'), 'default', n, 'A best seller, number ' || n, 2499, 'USD',
        'https://www.amazon.com/dp/' || n, 'https://m.media-amazon.com/images/I/' || n || '.jpg',
        jsonb_build_array(jsonb_build_object('category', 'List ' || n % 25, 'rank', 1 + n / 25)) ||
        CASE WHEN n % 7 = 0 THEN '[{"category": "Gifts", "rank": 1}]'::jsonb ELSE '[]' END
    FROM generate_series(:before, :latest) AS run, generate_series(0, :products - 1) AS n
"""
_OUTCOMES = """
    INSERT INTO query_outcomes (job_id, platform, query, org_id, run_id, state, started_at, ended_at)
    SELECT job_id, 'ebay', asin, 'default', right(job_id, 2)::int,
        CASE (position + right(job_id, 2)::int) % 50 WHEN 0 THEN 'failed' WHEN 1 THEN 'skipped' ELSE 'found' END,
        now(), now()
    FROM job_products
"""
_CALLS = """
    INSERT INTO api_calls (job_id, provider, fingerprint, org_id, run_id, request, state, credits_reserved, credits,
                           reserved_at, settled_at)
    SELECT 'search-' || run, 'scraperapi', lpad(n::text, 64, '0'), 'default', run,
        jsonb_build_object('query', 'A best seller, number ' || n, 'tld', 'com'), 'settled', 5, 5, day, day
    FROM generate_series(0, :products - 1) AS n, (
        SELECT run, now() - (:latest - run) * interval '30 days' AS day FROM generate_series(1, :latest) AS run
    ) AS days
"""
# Of the second search's listings a tenth cost something else, a twentieth are others, a fiftieth are judged otherwise.
# Few sellers have most of them.
_LISTINGS = """
    INSERT INTO collection_items (job_id, asin, item_id, org_id, run_id, seller_id, position, title, url, image_url,
        amazon_price_cents, ebay_price_cents, currency, condition, shipping_cents, seen_at, match_probability,
        match_band, match_reasons, matcher_version, photo_band)
    SELECT 'search-' || run, 'B' || lpad((n % :products)::text, 9, '0'), 200000000000 + item, 'default', run,
        CASE WHEN item % 97 > 0 THEN 1 + (((hashint8(item) & 1048575) / 1048576.0) ^ 2 * (:sellers - 1))::int END,
        n / :products, 'A listing with a title of the usual length, new in its box, number ' || item,
        'https://www.ebay.com/itm/' || item, 'https://i.ebayimg.com/images/g/' || n % :products || '/s-l500.webp',
        2499, 2000 + item % 1000 + CASE WHEN run = :latest AND n % 10 = 3 THEN 50 ELSE 0 END, 'USD', 'Brand New', 0,
        now() - (:latest - run) * interval '30 days', 0.5,
        (ARRAY['accept','accept','review','reject','reject'])
            [1 + (n / 7 + CASE WHEN run = :latest AND n % 50 = 11 THEN 2 ELSE 0 END) % 5],
        '[{"name": "title", "effect": "supports", "sentence": "The titles share 11 of 14 words, among them the brand."},
          {"name": "price", "effect": "supports", "sentence": "It costs 4 % more than at Amazon."},
          {"name": "quantity", "effect": "neutral", "sentence": "Neither says how many there are in the box."},
          {"name": "model", "effect": "weakens", "sentence": "The listing does not name the model."}]',
        '1.4', (ARRAY['same','other','similar','unknown'])[1 + n % 7 % 4]
    FROM (
        SELECT run, n, (CASE WHEN run = :latest AND n % 20 = 7 THEN n + :items ELSE n END) AS item FROM (
            SELECT run, place * :products + product AS n FROM generate_series(:before, :latest) AS run,
                generate_series(0, :products - 1) AS product, generate_series(0, :items / :products / 2 - 1) AS place
        ) AS listed
    ) AS numbered
"""
_LABELS = """
    INSERT INTO match_labels (org_id, platform, asin, item_id, is_match, labelled_by, labelled_at, listing_title)
    SELECT 'default', 'ebay', asin, item_id, match_band = 'review', 'anna', now(), title
    FROM collection_items WHERE run_id = :before AND item_id::bigint % 50 = 17
"""
_MET = """
    INSERT INTO seller_jobs (seller_id, job_id, listings)
    SELECT n, 'search-' || run, 1 FROM generate_series(1, :sellers) AS n, generate_series(1, :before - 1) AS run
    WHERE hashint8(n * 100 + run) % 5 IN (0, 1)
    UNION ALL
    SELECT seller_id, job_id, count(*) FROM collection_items WHERE seller_id IS NOT NULL GROUP BY seller_id, job_id
"""
_MET_BY_RUNS = """
    INSERT INTO seller_runs (seller_id, run_id, listings)
    SELECT seller_id, split_part(job_id, '-', 2)::int, listings FROM seller_jobs
"""
# Every second name is of some shop, every hundredth of something blue, one a zebra's.
_SELLERS = """
    INSERT INTO sellers (id, org_id, seller_name, seller_name_normalized, feedback_percent, feedback_count,
        first_seen_at, last_seen_at, first_job_id, collection_count, source_products, products, accepted, in_review,
        rejected)
    OVERRIDING SYSTEM VALUE
    SELECT n, 'default', name, name, 90 + n % 100 / 10.0, (random() ^ 4 * 500000)::int,
        now() - random() * interval '700 days', now() - random() * interval '30 days', 'search-' || 1 + n % :latest,
        1 + n % :latest,
        jsonb_build_array(jsonb_build_object('asin', 'B' || lpad(n::text, 9, '0'), 'title', 'Lamp', 'run_id', 1)),
        coalesce(c.products, 0), coalesce(c.accepted, 0), coalesce(c.in_review, 0), coalesce(c.rejected, 0)
    FROM (
        SELECT n, CASE n WHEN 77777 THEN 'zebra_crossing' ELSE
            (ARRAY['blue','red','best','top','us','prime','home','my','daily','mega'])[1 + (n * 7919) % 100 % 10]
            || (ARRAY['_','-','','.'])[1 + n % 4]
            || (ARRAY['shop','deals','shop','outlet','goods','shop','market','shop','trading','shop'])[1 + n / 10 % 10]
            || left(md5(n::text), 10) END AS name
        FROM generate_series(1, :sellers) n
    ) AS named LEFT JOIN (
        SELECT seller_id, count(DISTINCT asin) FILTER (WHERE match_band = 'accept') AS products,
            count(*) FILTER (WHERE match_band = 'accept') AS accepted,
            count(*) FILTER (WHERE match_band = 'review') AS in_review,
            count(*) FILTER (WHERE match_band = 'reject') AS rejected
        FROM collection_items GROUP BY seller_id
    ) AS c ON c.seller_id = n
"""
_MARKS = """
    INSERT INTO seller_marks (seller_id, org_id, starred, hidden, tags, note, changed_by, changed_at)
    SELECT n, 'default', n % 20 = 0, n % 10 = 2, CASE WHEN n % 10 = 4 THEN ARRAY['to call'] ELSE '{}' END,
        CASE WHEN n % 10 = 6 THEN 'Sells the same lamps as the one before' ELSE '' END, 'anna', now()
    FROM generate_series(2, :sellers, 2) AS n
"""
_LOG = """
    INSERT INTO seller_mark_changes (change_id, org_id, seller_id, before, after, changed_by, changed_at)
    SELECT gen_random_uuid(), 'default', 2 + 2 * (n % (:sellers / 2 - 1)), '{"starred": false}', '{"starred": true}',
        (ARRAY['anna','ben','cem','dora','eve'])[1 + n % 5], now() - (:logged - n) * interval '1 minute'
    FROM generate_series(1, :logged) AS n
"""
_PICTURES = """
    INSERT INTO images (url, sha256, key, content_type, size_bytes, width, height, fetched_at)
    SELECT image_url, :sha256, :key, :content_type, :size_bytes, :width, :height, now() FROM (
        SELECT image_url FROM job_products UNION SELECT image_url FROM collection_items WHERE run_id = :before
    ) AS shown
"""
_STEPS = (
    # The bench's own server lets us: triggers and foreign keys, row by row, are not what is measured here.
    "SET LOCAL session_replication_role = replica",
    "SET LOCAL statement_timeout = '10min'",
    "SET LOCAL work_mem = '256MB'",
    "SELECT setseed(0.5)",
    "INSERT INTO orgs (id) VALUES ('default') ON CONFLICT DO NOTHING",
    *(_RUNS, _WORKLISTS, _OUTCOMES, _CALLS, _LISTINGS, _LABELS, _MET, _MET_BY_RUNS, _SELLERS, _MARKS, _LOG),
)


def fill(database: Database, sellers: int = SELLERS, items: int = ITEMS, logged: int = LOGGED) -> None:
    """Write everything, then let Postgres look at it as its own autovacuum would."""
    values = {
        "sellers": sellers, "items": items, "products": items // 100, "logged": logged, "before": BEFORE,
        "latest": LATEST,
    }  # fmt: skip
    with database.begin() as connection:
        for step in _STEPS:
            # Written into the statement, whose plan and types they decide.
            given: list[BindParameter[int]] = [
                bindparam(name, values[name], literal_execute=True) for name in text(step).compile().params
            ]
            connection.execute(text(step).bindparams(*given))
    with database.autocommit() as connection:
        connection.exec_driver_sql("SET statement_timeout = '10min'")
        connection.exec_driver_sql("VACUUM ANALYZE")


def keep_picture(database: Database, picture: StoredImage) -> None:
    """Let every product and listing show this picture, so that no page asks a marketplace for theirs."""
    with database.begin() as connection:
        connection.execute(text(_PICTURES), {**asdict(picture), "before": BEFORE})
