"""Kinds of sensors that every city has: what a pack's sensor does not say itself is taken from its kind."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from shared.pack.source import read_source

__all__ = ["KINDS", "kinds", "with_kinds"]

KINDS: Final = Path(__file__).parent / "sensor_kinds"
_ITS_OWN: Final = {"about", "rules"}


@cache
def kinds() -> dict[str, dict[str, Any]]:
    """Every kind by name, as it stands in its file."""
    return {path.stem: read_source(KINDS, path.name).data for path in sorted(KINDS.glob("*.yaml"))}


def with_kinds(data: Any) -> Any:
    """The sensors of a pack, as read from YAML, with their kinds' words filled in; own rules keep their places in the file.

    A kind that does not exist is left as it is: `check_sensors` finds it.
    """
    if not isinstance(data, dict) or not isinstance(data.get("sensors"), list):
        return data
    return data | {"sensors": [_with_kind(sensor) for sensor in data["sensors"]]}


def _with_kind(sensor: Any) -> Any:
    kind = kinds().get(str(sensor.get("kind"))) if isinstance(sensor, dict) else None
    if kind is None:
        return sensor
    own = sensor.get("rules", [])
    if not isinstance(own, list):
        return sensor
    named = {rule.get("id") for rule in own if isinstance(rule, dict)}
    rules = own + [rule for rule in kind["rules"] if rule["id"] not in named]
    return {key: value for key, value in kind.items() if key not in _ITS_OWN} | sensor | {"rules": rules}
