"""The table of units says what pint says."""

from typing import Any

import pint
import pytest

from shared.pack.units import SPELLINGS, UNITS, conversion

PINTS = {
    "°C": "degC", "°F": "degF", "K": "kelvin", "µg/m³": "ug/m**3", "mg/m³": "mg/m**3", "g/m³": "g/m**3", "m³/s": "m**3/s", "m³/h": "m**3/hour",
    "l/s": "l/s", "l/min": "l/min", "1": "dimensionless", "%": "percent", "‰": "permille", "ppb": "1e-9 dimensionless", "h": "hour", "1/h": "1/hour",
    "1/min": "1/min", "1/s": "1/s", "kn": "knot", "km/h": "km/hour", "mph": "mile/hour", "µSv/h": "uSv/hour", "nSv/h": "nSv/hour",
    "mSv/h": "mSv/hour", "in": "inch", "ft": "foot",
}  # fmt: skip
NO_PHYSICS = {"dB/m", "dB(A)", "dB"}
REGISTRY: Any = pint.UnitRegistry()


def by_pint(value: float, given: str, wanted: str) -> float:
    one, other = (REGISTRY.parse_expression(PINTS.get(unit, unit)) for unit in (given, wanted))
    if "°" in given or given == "K":
        return float(REGISTRY.Quantity(value, PINTS.get(given, given)).to(PINTS.get(wanted, wanted)).magnitude)
    return float((value * one / other).to("dimensionless").magnitude)


@pytest.mark.parametrize("dimension", UNITS)
def test_every_conversion_is_pints(dimension: str) -> None:
    units = [unit for unit in UNITS[dimension] if unit not in NO_PHYSICS]
    for given in units:
        for wanted in units:
            linear = conversion(given, wanted)
            assert linear is not None
            for value in (-40.0, 0.0, 37.5):
                assert linear[0] * value + linear[1] == pytest.approx(by_pint(value, given, wanted), rel=1e-9, abs=1e-9)


def test_what_measures_something_else_is_not_converted() -> None:
    assert conversion("m", "°C") is None
    assert conversion("dB(A)", "dB/m") is None
    assert conversion("furlong", "m") is None
    assert conversion("furlong", "furlong") == (1.0, 0.0)


def test_every_spelling_is_of_a_unit_that_is_known() -> None:
    known = {unit for row in UNITS.values() for unit in row}
    assert set(SPELLINGS.values()) <= known
    assert not set(SPELLINGS) & known
