"""Alembic's entry point: the connection comes from `Database`, which owns it."""

from alembic import context

from adapters.sqlite_state.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
