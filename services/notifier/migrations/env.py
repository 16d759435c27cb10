"""Alembic's entry."""

from services.notifier.adapters.store.tables import metadata
from shared.database.migrating import run

run(metadata)
