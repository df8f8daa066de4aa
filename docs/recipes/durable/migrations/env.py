"""Alembic executes this module, which runs the migrations in one transaction."""

from alembic import context

from durable.database import connect
from durable.settings import Settings
from durable.tables import Base

engine = context.config.attributes.get("engine") or connect(Settings.load().database_url)
with engine.begin() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    context.run_migrations()
