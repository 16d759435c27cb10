"""Starts the classifier: `python -m services.classifier`."""

import sys
from importlib.metadata import version

from services.classifier.settings import ClassifierSettings
from shared.pack import PackError
from shared.telemetry import configure
from shared.web.serving import serve


def main() -> int:
    settings = ClassifierSettings()
    configure(
        "classifier", version=version("hejnal"), log_level=settings.log_level, otlp_endpoint=settings.otlp_endpoint
    )
    from services.classifier.app import make_classifier  # noqa: PLC0415 — logs and traces are set up before anything else

    try:
        app = make_classifier(settings)
    except PackError as error:
        sys.stderr.write(f"The city pack cannot be used:\n{error}\n")
        return 1
    serve(app, settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
