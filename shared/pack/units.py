"""Units of measurement: which can be made of which, and how. A table, because a library for it takes longer to load than the classifier.

tests/unit/pack/test_units.py compares every line with pint.
"""

from typing import Final

__all__ = ["UNITS", "conversion", "is_unit"]

Linear = tuple[float, float]
"""Factor and offset: value in the first unit of its row = factor x value + offset."""

UNITS: Final[dict[str, dict[str, Linear]]] = {
    "length": {"m": (1, 0), "cm": (0.01, 0), "mm": (0.001, 0), "km": (1000, 0), "in": (0.0254, 0), "ft": (0.3048, 0)},
    "temperature": {"°C": (1, 0), "K": (1, -273.15), "°F": (5 / 9, -160 / 9)},
    "pressure": {
        "Pa": (1, 0),
        "hPa": (100, 0),
        "mbar": (100, 0),
        "kPa": (1000, 0),
        "bar": (100_000, 0),
        "MPa": (1e6, 0),
    },
    "speed": {"m/s": (1, 0), "km/h": (1 / 3.6, 0), "kn": (1852 / 3600, 0), "mph": (0.44704, 0)},
    "concentration by mass": {"µg/m³": (1, 0), "mg/m³": (1000, 0), "g/m³": (1e6, 0)},
    "share": {"1": (1, 0), "%": (0.01, 0), "‰": (0.001, 0), "ppm": (1e-6, 0), "ppb": (1e-9, 0)},
    "voltage": {"V": (1, 0), "mV": (0.001, 0), "kV": (1000, 0)},
    "current": {"A": (1, 0), "mA": (0.001, 0)},
    "power": {"W": (1, 0), "kW": (1000, 0), "MW": (1e6, 0)},
    "flow": {"m³/s": (1, 0), "l/s": (0.001, 0), "m³/h": (1 / 3600, 0), "l/min": (0.001 / 60, 0)},
    "rate": {"1/h": (1, 0), "1/min": (60, 0), "1/s": (3600, 0)},
    "duration": {"s": (1, 0), "min": (60, 0), "h": (3600, 0)},
    "dose rate": {"µSv/h": (1, 0), "nSv/h": (0.001, 0), "mSv/h": (1000, 0)},
    "attenuation": {"dB/m": (1, 0)},
    "sound": {"dB(A)": (1, 0)},
    "level": {"dB": (1, 0)},
}
"""By dimension; spellings of one unit are in SPELLINGS."""

SPELLINGS: Final = {
    "μg/m³": "µg/m³",
    "ug/m3": "µg/m³",
    "µg/m3": "µg/m³",
    "μg/m3": "µg/m³",
    "mg/m3": "mg/m³",
    "g/m3": "g/m³",
    "m3/s": "m³/s",
    "m3/h": "m³/h",
    "L/s": "l/s",
    "C": "°C",
    "degC": "°C",
    "Cel": "°C",
    "℃": "°C",
    "F": "°F",
    "degF": "°F",
    "percent": "%",
    "": "1",
    "m/sec": "m/s",
    "kmh": "km/h",
    "kph": "km/h",
    "knots": "kn",
    "kt": "kn",
    "dBA": "dB(A)",
    "dB(a)": "dB(A)",
    "uSv/h": "µSv/h",
    "μSv/h": "µSv/h",
    "volt": "V",
    "metre": "m",
}
_OF: Final = {unit: (dimension, linear) for dimension, row in UNITS.items() for unit, linear in row.items()}


def is_unit(unit: str) -> bool:
    return SPELLINGS.get(unit, unit) in _OF


def conversion(given: str, wanted: str) -> Linear | None:
    """Factor and offset that make `wanted` of `given`: factor x value + offset. None when the one can't be made of the other.

    A unit that the table does not have can only be made of itself.
    """
    given, wanted = SPELLINGS.get(given, given), SPELLINGS.get(wanted, wanted)
    if given == wanted:
        return 1.0, 0.0
    one, other = _OF.get(given), _OF.get(wanted)
    if one is None or other is None or one[0] != other[0]:
        return None
    (factor, offset), (wanted_factor, wanted_offset) = one[1], other[1]
    return factor / wanted_factor, (offset - wanted_offset) / wanted_factor
