"""Prints the OpenAPI document: `python -m services.console.openapi`. Needs no broker, database or built page."""

import json
import sys

from services.console.app import create_app
from services.console.settings import Settings

__all__ = ["document"]


def document() -> str:
    settings = Settings(database_url="sqlite+aiosqlite://")
    return json.dumps(create_app(settings).openapi(), indent=2, ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.write(document() + "\n")
