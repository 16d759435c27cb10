"""Alerts by place: a square grid for each category, its cells as wide as the category's signals join at most, and one for all together."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from math import ceil, cos, floor, radians
from typing import Final

from services.classifier.correlate.core.alert import Alert
from services.classifier.correlate.core.rules import ANY_REACH_M
from shared.events import Category
from shared.pack import Correlation

__all__ = ["Grid"]

_METRES_PER_DEGREE: Final = 111_195.0

Layer = Category | None
"""None: alerts of every category."""
Cell = tuple[Layer, int, int, int]
"""Layer, band (a degree of latitude, in which all cells are equally wide in degrees of longitude), row, column."""


class Grid:
    """Only alerts with a place that a new signal could still join; those whose time is over are dropped when they are met."""

    def __init__(self, correlation: Correlation) -> None:
        self._cells: dict[Cell, dict[str, Alert]] = {}
        self._held = Counter[Layer]()
        self._places: dict[str, tuple[Cell, ...]] = {}
        self._width_m: dict[Layer, float] = {c: correlation.joining(c).farthest_m for c in Category}
        self._width_m[None] = ANY_REACH_M
        self._window = {category: timedelta(seconds=correlation.joining(category).window_s) for category in Category}

    def add(self, alert: Alert) -> None:
        if alert.lat is None or alert.lon is None or alert.alert_id in self._places:
            return
        cells = tuple(self._cell(layer, alert.lat, alert.lon) for layer in (*alert.categories, None))
        self._places[alert.alert_id] = cells
        for cell in cells:
            self._cells.setdefault(cell, {})[alert.alert_id] = alert
            self._held[cell[0]] += 1

    def remove(self, alert: Alert) -> None:
        for cell in self._places.pop(alert.alert_id, ()):
            held = self._cells[cell]
            del held[alert.alert_id]
            self._held[cell[0]] -= 1
            if not held:
                del self._cells[cell]

    def near(
        self, layer: Layer, lat: float, lon: float, within_m: float, is_over: Callable[[Alert, timedelta], bool]
    ) -> list[Alert]:
        """Alerts in every cell that reaches within `within_m` of the place, and perhaps some a little further."""
        found: list[Alert] = []
        if not self._held[layer]:
            return found
        for cell in self._around(layer, lat, lon, within_m):
            held = self._cells.get(cell)
            if held is None:
                continue
            over = [
                alert for alert in held.values() if is_over(alert, max(map(self._window.__getitem__, alert.categories)))
            ]
            for alert in over:
                self.remove(alert)
            found += held.values()
        return found

    def _cell(self, layer: Layer, lat: float, lon: float) -> Cell:
        width_m = self._width_m[layer]
        band = floor(lat)
        return layer, band, _row(lat, width_m), _column(band, lon, width_m)

    def _around(self, layer: Layer, lat: float, lon: float, within_m: float) -> Iterator[Cell]:
        width_m = self._width_m[layer]
        reach = ceil(within_m / width_m)
        row = _row(lat, width_m)
        south, north = row - reach, row + reach
        # A row of cells may lie across the edge of a band, and the cells around across two: each band has its own columns.
        for band in range(_band_of(south, width_m), _band_of(north + 1, width_m) + 1):
            column = _column(band, lon, width_m)
            for y in range(south, north + 1):
                for x in range(column - reach, column + reach + 1):
                    yield layer, band, y, x


def _row(lat: float, width_m: float) -> int:
    return floor(lat * _METRES_PER_DEGREE / width_m)


def _band_of(row: int, width_m: float) -> int:
    return floor(row * width_m / _METRES_PER_DEGREE)


def _column(band: int, lon: float, width_m: float) -> int:
    return floor(lon * _metres_per_degree_of(band) / width_m)


@cache
def _metres_per_degree_of(band: int) -> float:
    """At the band's edge nearer to the pole, where degrees are shortest: a cell that is wide enough there is so everywhere."""
    return _METRES_PER_DEGREE * max(0.01, cos(radians(min(max(abs(band), abs(band + 1)), 89.4))))
