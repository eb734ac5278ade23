"""Alembic's entry point: runs migrations on the connection that `storage.database.migrate` hands in."""

from alembic import context

from dropship_pipeline.storage.database.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_server_default=True)
context.run_migrations()
