"""Starts the notifier: `python -m services.notifier`."""

import sys
from importlib.metadata import version

from services.notifier.settings import NotifierSettings
from shared.pack import PackError
from shared.telemetry import configure
from shared.web.serving import serve


def main() -> int:
    settings = NotifierSettings()
    configure("notifier", version=version("hejnal"), log_level=settings.log_level, otlp_endpoint=settings.otlp_endpoint)
    from services.notifier.app import make_notifier  # noqa: PLC0415 — logs and traces are set up before anything else

    try:
        app = make_notifier(settings)
    except PackError as error:
        sys.stderr.write(f"The city pack cannot be used:\n{error}\n")
        return 1
    except (OSError, ValueError) as error:
        sys.stderr.write(f"A key or certificate cannot be used: {error}\n")
        return 1
    serve(app, settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
