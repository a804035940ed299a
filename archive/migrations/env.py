"""Run by Alembic: migrate over the connection that `archive.schema` opened, in its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
