"""What Alembic runs for an upgrade: the revisions, on the connection it is handed, inside that one transaction."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
