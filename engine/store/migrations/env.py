"""What Alembic runs for every command: on the connection, and in the transaction, it is given."""

from alembic import context

from engine.store import acting_tables
from engine.store.migrate import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=acting_tables.changes.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
