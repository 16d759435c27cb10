"""The fake console answers in the shapes of the real one, so that what the page does with it counts."""

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from services.console.openapi import document
from tests.browser.stage import Stage

ANSWERS = {
    "/v1/alerts": "AlertList",
    "/v1/alerts/{alert_id}": "AlertDetail",
    "/v1/sensors": "SensorList",
    "/v1/city": "CityMap",
    "/v1/session": "SessionAnswer",
}


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(document())
    return loaded


@pytest.mark.parametrize("path", ANSWERS)
def test_the_fake_console_answers_as_the_real_one_says(path: str, fake_stage: Stage, openapi: dict[str, Any]) -> None:
    for alert in fake_stage.ask("GET", "/v1/alerts")["alerts"] if "{" in path else [{}]:
        answer = fake_stage.ask("GET", path.format(alert_id=alert.get("alert_id")))
        schema = {"$ref": f"#/components/schemas/{ANSWERS[path]}", "components": openapi["components"]}
        jsonschema.validate(answer, schema)
