"""Tables of access: orgs, tokens, login links and ended sessions."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, String, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from dropship_pipeline.storage.database.tables.columns import metadata, org_column, time_column

orgs = Table("orgs", metadata, Column("id", Text, primary_key=True), time_column("created_at", default=True))

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    org_column(),
    Column("name", Text, nullable=False),
    # SHA-256 of the token in hex: a token is 256 random bits, so a slow hash would add nothing.
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("permissions", ARRAY(Text), nullable=False),
    time_column("created_at", default=True),
    time_column("expires_at"),
    time_column("revoked_at"),
    time_column("last_used_at"),
)

# A link that logs in once, as the holder of a token; only the hash of what is in the link is kept.
login_links = Table(
    "login_links",
    metadata,
    Column("link_hash", String(64), primary_key=True),
    Column("token_id", BigInteger, ForeignKey("api_tokens.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    time_column("used_at"),
)

# Sessions that were logged out of, by the id in their cookie; kept until the cookie would have expired by itself.
ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("session", String(64), primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
