"""The parts of the OpenAPI document that FastAPI can't know: the hot routes read their bodies themselves, straight from the bytes."""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from services.ingest.bodies import BatchBody, ReadingBody, ReportBody

__all__ = ["document_bodies"]


def document_bodies(app: FastAPI) -> None:
    """Adds the schemas of the requests' bodies and the gateway key to `app`'s document."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(_schemas())
        components["securitySchemes"] = {"gatewayKey": {"type": "http", "scheme": "bearer"}}
        return document

    # The way FastAPI's documentation names for this.
    app.openapi = openapi  # type: ignore[method-assign]


def _schemas() -> dict[str, Any]:
    _, definitions = models_json_schema(
        [(ReportBody, "validation"), (ReadingBody, "validation"), (BatchBody, "validation")],
        ref_template="#/components/schemas/{model}",
    )
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas
