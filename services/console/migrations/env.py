from services.console.adapters.tables import metadata
from shared.database.migrating import run

run(metadata)
