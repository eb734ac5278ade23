"""All tables in SQLAlchemy Core, by the one door: who imports any of them has the whole `metadata`.

Migrations create the tables; a test proves that both say the same. Money is in cents (hundredths), times are
timezone-aware UTC, and every table that holds a user's data has `org_id`.
"""

from dropship_pipeline.storage.database.tables.access import api_tokens, ended_sessions, login_links, orgs
from dropship_pipeline.storage.database.tables.columns import metadata
from dropship_pipeline.storage.database.tables.judged import JUDGED_ITEMS, SAID_BANDS, judged_items
from dropship_pipeline.storage.database.tables.marks import (
    match_labels,
    saved_views,
    seller_mark_changes,
    seller_marks,
)
from dropship_pipeline.storage.database.tables.products import (
    images,
    photos,
    product_price,
    product_prices,
    product_title,
    products,
)
from dropship_pipeline.storage.database.tables.runs import (
    alerts,
    api_calls,
    collection_errors,
    collection_runs,
    collection_schedules,
    launch_keys,
    list_outcomes,
    query_outcomes,
)
from dropship_pipeline.storage.database.tables.scores import seller_scores
from dropship_pipeline.storage.database.tables.sellers import (
    collection_items,
    job_products,
    seller_feedback,
    seller_jobs,
    seller_runs,
    sellers,
    stale_sellers,
)

__all__ = [
    "JUDGED_ITEMS",
    "SAID_BANDS",
    "alerts",
    "api_calls",
    "api_tokens",
    "collection_errors",
    "collection_items",
    "collection_runs",
    "collection_schedules",
    "ended_sessions",
    "images",
    "job_products",
    "judged_items",
    "launch_keys",
    "list_outcomes",
    "login_links",
    "match_labels",
    "metadata",
    "orgs",
    "photos",
    "product_price",
    "product_prices",
    "product_title",
    "products",
    "query_outcomes",
    "saved_views",
    "seller_feedback",
    "seller_jobs",
    "seller_mark_changes",
    "seller_marks",
    "seller_runs",
    "seller_scores",
    "sellers",
    "stale_sellers",
]
