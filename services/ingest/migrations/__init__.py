"""Alembic's scripts."""

from pathlib import Path

__all__ = ["MIGRATIONS"]

MIGRATIONS = Path(__file__).parent
