"""Alembic's entry."""

from services.ingest.adapters.tables import METADATA
from shared.database.migrating import run

run(METADATA)
