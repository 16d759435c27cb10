"""`python -m shared.database FOLDER`: migrates the database that HEJNAL_MIGRATE_URL names (a URL may hold a password)."""

import asyncio
import os
import sys
from pathlib import Path

from shared.database.migrating import URL_VARIABLE, upgrade

asyncio.run(upgrade(os.environ[URL_VARIABLE], Path(sys.argv[1])))
