"""What `collect_sellers` keeps: its worklist, and the listings that lead to sellers."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('job_products',
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('asin', sa.Text(), nullable=False),
    sa.Column('org_id', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('price_cents', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('image_url', sa.Text(), nullable=True),
    sa.Column('rating', sa.Float(), nullable=True),
    sa.Column('ratings_total', sa.Integer(), nullable=True),
    sa.Column('categories', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_job_products_org_id')),
    sa.PrimaryKeyConstraint('job_id', 'asin', name=op.f('pk_job_products'))
    )
    op.create_table('collection_items',
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('asin', sa.Text(), nullable=False),
    sa.Column('item_id', sa.Text(), nullable=False),
    sa.Column('org_id', sa.Text(), nullable=False),
    sa.Column('run_id', sa.BigInteger(), nullable=False),
    sa.Column('seller_id', sa.BigInteger(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('image_url', sa.Text(), nullable=True),
    sa.Column('amazon_price_cents', sa.BigInteger(), nullable=True),
    sa.Column('ebay_price_cents', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('condition', sa.Text(), nullable=True),
    sa.Column('shipping_cents', sa.BigInteger(), nullable=True),
    sa.Column('unverified', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['seller_id'], ['sellers.id'], name=op.f('fk_collection_items_seller_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('job_id', 'asin', 'item_id', name=op.f('pk_collection_items'))
    )
    op.create_index(op.f('ix_collection_items_seller_id'), 'collection_items', ['seller_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_collection_items_seller_id'), table_name='collection_items')
    op.drop_table('collection_items')
    op.drop_table('job_products')
