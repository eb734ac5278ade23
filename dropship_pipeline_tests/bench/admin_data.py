"""A database as years of seller searches leave it: 100,000 sellers behind 1,000,000 listings of 20,000 products."""

from sqlalchemy import text

from dropship_pipeline.storage.database.connection import Database

SELLERS, ITEMS, PRODUCTS, LISTINGS_A_PRODUCT = 100_000, 1_000_000, 20_000, 50
_STEPS = (
    # The bench's own server lets us: triggers and foreign keys, row by row, are not what is measured here.
    "SET LOCAL session_replication_role = replica",
    "SET LOCAL statement_timeout = '10min'",
    "SELECT setseed(0.5)",
    "INSERT INTO orgs (id) VALUES ('default') ON CONFLICT DO NOTHING",
    """
    INSERT INTO collection_runs (org_id, job_id, job_name, dagster_run_id, status)
    VALUES ('default', 'job-1', 'collect_sellers', 'bench-lists', 'completed')
    """,
    # Every second name is of some shop, every hundredth of something blue, one a zebra's.
    """
    INSERT INTO sellers (org_id, seller_name, seller_name_normalized, feedback_percent, feedback_count, first_seen_at,
                         last_seen_at, first_job_id, collection_count, source_products)
    SELECT 'default', name, name, 90 + n % 100 / 10.0, (random() ^ 4 * 500000)::int,
           now() - random() * interval '700 days', now() - random() * interval '30 days', 'job-' || n % 24,
           1 + n % 24,
           jsonb_build_array(jsonb_build_object('asin', 'B' || lpad(n::text, 9, '0'), 'title', 'Lamp', 'run_id', 1))
    FROM (
        SELECT n, CASE n WHEN 77777 THEN 'zebra_crossing' ELSE
            (ARRAY['blue','red','best','top','us','prime','home','my','daily','mega'])[1 + (n * 7919) % 100 % 10]
            || (ARRAY['_','-','','.'])[1 + n % 4]
            || (ARRAY['shop','deals','shop','outlet','goods','shop','market','shop','trading','shop'])[1 + n / 10 % 10]
            || substr(md5(n::text), 1, 6) END AS name
        FROM generate_series(1, :sellers) n
    ) AS named ON CONFLICT DO NOTHING
    """,
    # Those at the beginning are met most often, as a few large sellers are.
    """
    INSERT INTO collection_items (job_id, asin, item_id, org_id, run_id, seller_id, position, title, url, image_url,
                                  amazon_price_cents, ebay_price_cents, currency, condition, shipping_cents)
    SELECT 'job-' || product % 24, 'B' || lpad(product::text, 9, '0'), n::text, 'default', 1,
           1 + (random() ^ 2 * (:sellers - 2))::int, n % :listings, 'A listing with a title of the usual length',
           'https://www.ebay.com/itm/' || n, 'https://i.ebayimg.com/images/g/' || n || '/s-l500.webp',
           2499, 2599, 'USD', 'Brand New', 0
    FROM (SELECT n, n / :listings AS product FROM generate_series(1, :items) n) AS numbered
    """,
    """
    UPDATE sellers s SET products = counted.products
    FROM (SELECT seller_id, count(DISTINCT asin) AS products FROM collection_items GROUP BY seller_id) AS counted
    WHERE s.id = counted.seller_id
    """,
)


def fill(database: Database, sellers: int = SELLERS, items: int = ITEMS) -> None:
    """Write everything, then let Postgres look at it as its own autovacuum would."""
    numbers = {"sellers": sellers, "items": items, "listings": LISTINGS_A_PRODUCT}
    with database.begin() as connection:
        for step in _STEPS:
            names = {name for name in numbers if f":{name}" in step}
            connection.execute(text(step), {name: numbers[name] for name in names})
    with database.autocommit() as connection:
        connection.exec_driver_sql("SET statement_timeout = '10min'")
        connection.exec_driver_sql("VACUUM ANALYZE sellers, collection_items")
