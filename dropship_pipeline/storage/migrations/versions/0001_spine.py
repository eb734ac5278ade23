"""The spine: runs, the call ledger, outcomes, products with images, sellers, errors."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('images',
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('content_type', sa.Text(), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('etag', sa.Text(), nullable=True),
    sa.Column('last_modified', sa.Text(), nullable=True),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('url', name=op.f('pk_images'))
    )
    op.create_index(op.f('ix_images_sha256'), 'images', ['sha256'], unique=False)
    op.create_table('orgs',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_orgs'))
    )
    op.create_table('api_calls',
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('org_id', sa.Text(), nullable=False),
    sa.Column('request', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('credits_reserved', sa.Integer(), nullable=False),
    sa.Column('credits', sa.Integer(), nullable=True),
    sa.Column('credits_estimated', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('http_status', sa.Integer(), nullable=True),
    sa.Column('raw_key', sa.Text(), nullable=True),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('reserved_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('reserved','settled','failed')", name=op.f('ck_api_calls_state')),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_api_calls_org_id')),
    sa.PrimaryKeyConstraint('job_id', 'provider', 'fingerprint', name=op.f('pk_api_calls'))
    )
    op.create_table('collection_runs',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('org_id', sa.Text(), nullable=False),
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('job_name', sa.Text(), nullable=False),
    sa.Column('dagster_run_id', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), server_default='pending', nullable=False),
    sa.Column('phase', sa.Text(), nullable=True),
    sa.Column('phase_progress', sa.Integer(), server_default='0', nullable=False),
    sa.Column('phase_total', sa.Integer(), server_default='0', nullable=False),
    sa.Column('products_checked', sa.Integer(), server_default='0', nullable=False),
    sa.Column('sellers_found', sa.Integer(), server_default='0', nullable=False),
    sa.Column('new_sellers', sa.Integer(), server_default='0', nullable=False),
    sa.Column('credits_forecast', sa.Integer(), nullable=True),
    sa.Column('credits_budget', sa.Integer(), nullable=True),
    sa.Column('credits_used', sa.Integer(), server_default='0', nullable=False),
    sa.Column('config', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('progress', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('error_message', sa.Text(), nullable=True),
    sa.Column('error_details', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('scheduled_by', sa.Text(), nullable=True),
    sa.Column('is_scheduled', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('sandbox', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("status IN ('pending','running','stopping','completed','degraded','failed','stopped')", name=op.f('ck_collection_runs_status')),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_collection_runs_org_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collection_runs')),
    sa.UniqueConstraint('dagster_run_id', name=op.f('uq_collection_runs_dagster_run_id'))
    )
    op.create_index('ix_collection_runs_org_id_created_at', 'collection_runs', ['org_id', 'created_at'], unique=False)
    op.create_index('uq_collection_runs_active', 'collection_runs', ['org_id'], unique=True, postgresql_where=sa.text("status IN ('running','stopping')"))
    op.create_table('products',
    sa.Column('org_id', sa.Text(), nullable=False),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('product_id', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('price_cents', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('price_raw', sa.Text(), nullable=True),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('image_url', sa.Text(), nullable=True),
    sa.Column('image_key', sa.Text(), nullable=True),
    sa.Column('image_sha256', sa.String(length=64), nullable=True),
    sa.Column('category', sa.Text(), nullable=True),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('rating', sa.Float(), nullable=True),
    sa.Column('ratings_total', sa.Integer(), nullable=True),
    sa.Column('condition', sa.Text(), nullable=True),
    sa.Column('shipping_cents', sa.BigInteger(), nullable=True),
    sa.Column('seller_name', sa.Text(), nullable=True),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_job_id', sa.Text(), nullable=False),
    sa.CheckConstraint("platform IN ('amazon','ebay')", name=op.f('ck_products_platform')),
    sa.CheckConstraint('(price_cents IS NULL) = (currency IS NULL)', name=op.f('ck_products_currency')),
    sa.CheckConstraint('price_cents >= 0', name=op.f('ck_products_price_cents')),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_products_org_id')),
    sa.PrimaryKeyConstraint('org_id', 'platform', 'product_id', name=op.f('pk_products'))
    )
    op.create_index('ix_products_last_job_id', 'products', ['last_job_id'], unique=False)
    op.create_table('sellers',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('org_id', sa.Text(), nullable=False),
    sa.Column('seller_name', sa.Text(), nullable=False),
    sa.Column('seller_name_normalized', sa.Text(), nullable=False),
    sa.Column('ebay_seller_id', sa.Text(), nullable=True),
    sa.Column('feedback_percent', sa.Float(), nullable=True),
    sa.Column('feedback_count', sa.Integer(), nullable=True),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_job_id', sa.Text(), nullable=False),
    sa.Column('collection_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('source_products', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_sellers_org_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sellers')),
    sa.UniqueConstraint('org_id', 'seller_name_normalized', name=op.f('uq_sellers_org_id_seller_name_normalized'))
    )
    op.create_table('collection_errors',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('org_id', sa.Text(), nullable=False),
    sa.Column('run_id', sa.BigInteger(), nullable=True),
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('query', sa.Text(), nullable=True),
    sa.Column('product_id', sa.Text(), nullable=True),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('response_status', sa.Integer(), nullable=True),
    sa.Column('occurred_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("kind IN ('collect','store')", name=op.f('ck_collection_errors_kind')),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_collection_errors_org_id')),
    sa.ForeignKeyConstraint(['run_id'], ['collection_runs.id'], name=op.f('fk_collection_errors_run_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_collection_errors'))
    )
    op.create_index(op.f('ix_collection_errors_run_id'), 'collection_errors', ['run_id'], unique=False)
    op.create_table('query_outcomes',
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('platform', sa.Text(), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('org_id', sa.Text(), nullable=False),
    sa.Column('run_id', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('returned', sa.Integer(), server_default='0', nullable=False),
    sa.Column('stored', sa.Integer(), server_default='0', nullable=False),
    sa.Column('without_image', sa.Integer(), server_default='0', nullable=False),
    sa.Column('skipped_rows', sa.Integer(), server_default='0', nullable=False),
    sa.Column('collect_errors', sa.Integer(), server_default='0', nullable=False),
    sa.Column('store_errors', sa.Integer(), server_default='0', nullable=False),
    sa.Column('errors_by_kind', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('credits', sa.Integer(), server_default='0', nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('found','none','failed','skipped')", name=op.f('ck_query_outcomes_state')),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_query_outcomes_org_id')),
    sa.ForeignKeyConstraint(['run_id'], ['collection_runs.id'], name=op.f('fk_query_outcomes_run_id')),
    sa.PrimaryKeyConstraint('job_id', 'platform', 'query', name=op.f('pk_query_outcomes'))
    )
    op.create_index(op.f('ix_query_outcomes_run_id'), 'query_outcomes', ['run_id'], unique=False)
    op.create_table('seller_jobs',
    sa.Column('seller_id', sa.BigInteger(), nullable=False),
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('listings', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['seller_id'], ['sellers.id'], name=op.f('fk_seller_jobs_seller_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('seller_id', 'job_id', name=op.f('pk_seller_jobs'))
    )
    op.create_index(op.f('ix_seller_jobs_job_id'), 'seller_jobs', ['job_id'], unique=False)
    op.execute("INSERT INTO orgs (id) VALUES ('default')")


def downgrade() -> None:
    op.drop_index(op.f('ix_seller_jobs_job_id'), table_name='seller_jobs')
    op.drop_table('seller_jobs')
    op.drop_index(op.f('ix_query_outcomes_run_id'), table_name='query_outcomes')
    op.drop_table('query_outcomes')
    op.drop_index(op.f('ix_collection_errors_run_id'), table_name='collection_errors')
    op.drop_table('collection_errors')
    op.drop_table('sellers')
    op.drop_index('ix_products_last_job_id', table_name='products')
    op.drop_table('products')
    op.drop_index('uq_collection_runs_active', table_name='collection_runs', postgresql_where=sa.text("status IN ('running','stopping')"))
    op.drop_index('ix_collection_runs_org_id_created_at', table_name='collection_runs')
    op.drop_table('collection_runs')
    op.drop_table('api_calls')
    op.drop_table('orgs')
    op.drop_index(op.f('ix_images_sha256'), table_name='images')
    op.drop_table('images')
