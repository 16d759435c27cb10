"""`python -m services.ingest`."""

from services.ingest.app import VERSION, build
from services.ingest.settings import Settings
from shared.telemetry import configure
from shared.web.serving import serve

if __name__ == "__main__":
    settings = Settings()
    configure("ingest", version=VERSION, log_level=settings.log_level, otlp_endpoint=settings.otlp_endpoint)
    serve(build(settings), settings)
