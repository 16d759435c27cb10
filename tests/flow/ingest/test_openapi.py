"""The OpenAPI document tells the truth: whatever comes in is answered as it says, and nothing makes the service fail."""

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.ingest_fakes import House

_house = House(reports_per_client=10**9, readings_per_key=10**9)
_key = _house.keys.make()
schema = schemathesis.openapi.from_asgi("/openapi.json", _house.app()).include(path_regex="^/v1/")


@schema.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_documented(case: schemathesis.Case) -> None:
    headers = {"Authorization": f"Bearer {_key}"} if case.operation.path == "/v1/readings" else {}
    # No schema can say which telephone numbers exist, nor that `lat` and `lon` are null together.
    case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])
