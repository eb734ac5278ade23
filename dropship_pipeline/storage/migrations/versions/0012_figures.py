"""Figures of a run are its own: what it paid by provider, and the sellers that it saw.

Release 0.1 wrote into each run what its job had come to by then. What a run added to that is what is left here; credits
that were booked after the last run of a job had ended are that run's.
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_OWN_FIGURES = """
    WITH added AS (
        SELECT id,
            greatest(0, credits_used - max(credits_used) OVER before) AS credits_used,
            greatest(0, products_checked - max(products_checked) OVER before) AS products_checked,
            greatest(0, new_sellers - max(new_sellers) OVER before) AS new_sellers
        FROM collection_runs
        WINDOW before AS (
            PARTITION BY org_id, job_id ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    )
    UPDATE collection_runs r SET credits_used = added.credits_used, products_checked = added.products_checked,
        new_sellers = added.new_sellers
    FROM added WHERE added.id = r.id AND added.credits_used IS NOT NULL
"""
_BOOKED_LATER = """
    WITH booked AS (
        SELECT org_id, job_id, sum(coalesce(credits, 0)) AS credits FROM api_calls GROUP BY org_id, job_id
    ), told AS (
        SELECT org_id, job_id, max(id) AS id, sum(credits_used) AS credits FROM collection_runs GROUP BY org_id, job_id
    )
    UPDATE collection_runs r SET credits_used = r.credits_used + booked.credits - told.credits
    FROM told JOIN booked USING (org_id, job_id) WHERE r.id = told.id AND booked.credits > told.credits
"""
_SEEN_IN_SEARCHES = """
    INSERT INTO seller_runs (seller_id, run_id, listings)
    SELECT i.seller_id, i.run_id, count(*) FROM collection_items i JOIN collection_runs r ON r.id = i.run_id
    WHERE i.seller_id IS NOT NULL GROUP BY i.seller_id, i.run_id
"""
# Which run of a job saw them is not known where no listing tells: the last one that wrote outcomes saw them all.
_SEEN_IN_COLLECTIONS = """
    INSERT INTO seller_runs (seller_id, run_id, listings)
    SELECT j.seller_id, last.run_id, j.listings
    FROM seller_jobs j JOIN sellers s ON s.id = j.seller_id
    JOIN (
        SELECT org_id, job_id, max(run_id) AS run_id FROM query_outcomes WHERE platform = 'ebay' GROUP BY org_id, job_id
    ) AS last ON last.job_id = j.job_id AND last.org_id = s.org_id
    ON CONFLICT DO NOTHING
"""
_SELLERS_FOUND = """
    UPDATE collection_runs r SET sellers_found = (SELECT count(*) FROM seller_runs s WHERE s.run_id = r.id)
"""


def upgrade() -> None:
    op.add_column("api_calls", sa.Column("run_id", sa.BigInteger()))
    op.add_column(
        "collection_runs",
        sa.Column(
            "credits_by_provider",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
    )
    op.create_index(op.f("ix_collection_runs_job_id"), "collection_runs", ["job_id"])
    op.create_table(
        "seller_runs",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("listings", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sellers.id"], name=op.f("fk_seller_runs_seller_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["collection_runs.id"], name=op.f("fk_seller_runs_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seller_id", "run_id", name=op.f("pk_seller_runs")),
    )
    op.create_index(op.f("ix_seller_runs_run_id"), "seller_runs", ["run_id"])
    for statement in (_OWN_FIGURES, _BOOKED_LATER, _SEEN_IN_SEARCHES, _SEEN_IN_COLLECTIONS, _SELLERS_FOUND):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("seller_runs")
    op.drop_index(op.f("ix_collection_runs_job_id"), table_name="collection_runs")
    op.drop_column("collection_runs", "credits_by_provider")
    op.drop_column("api_calls", "run_id")
