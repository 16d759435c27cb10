"""Starts the console: `python -m services.console`."""

from importlib.metadata import version

from services.console.app import create_app
from services.console.settings import Settings
from shared.telemetry import configure
from shared.web.serving import serve


def main() -> None:
    settings = Settings()
    configure("console", version=version("hejnal"), log_level=settings.log_level, otlp_endpoint=settings.otlp_endpoint)
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
