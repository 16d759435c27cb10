"""The notifier's schema, by alembic."""

from pathlib import Path
from typing import Final

__all__ = ["MIGRATIONS"]

MIGRATIONS: Final = Path(__file__).parent
