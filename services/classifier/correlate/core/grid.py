"""Alerts by place: a square grid for each category, its cells as wide as the category's signals join."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from math import ceil, cos, floor, radians
from typing import Final

from services.classifier.correlate.core.alert import Alert
from shared.events import Category
from shared.pack import Correlation

__all__ = ["Grid"]

_METRES_PER_DEGREE: Final = 111_195.0

Cell = tuple[Category, int, int, int]
"""Category, band (a degree of latitude, in which all cells are equally wide in degrees of longitude), row, column."""


class Grid:
    """Only alerts with a place that a new signal could still join; those whose time is over are dropped when they are met."""

    def __init__(self, correlation: Correlation) -> None:
        self._cells: dict[Cell, dict[str, Alert]] = {}
        self._held = Counter[Category]()
        self._places: dict[str, tuple[Cell, ...]] = {}
        self._width_m = {category: correlation.joining(category).distance_m for category in Category}
        self._window = {category: timedelta(seconds=correlation.joining(category).window_s) for category in Category}

    def add(self, alert: Alert) -> None:
        if alert.lat is None or alert.lon is None or alert.alert_id in self._places:
            return
        cells = tuple(self._cell(category, alert.lat, alert.lon) for category in alert.categories)
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
        self, category: Category, lat: float, lon: float, within_m: float, is_over: Callable[[Alert, timedelta], bool]
    ) -> list[Alert]:
        """Alerts in every cell that reaches within `within_m` of the place, and perhaps some a little further."""
        found: list[Alert] = []
        if not self._held[category]:
            return found
        window = self._window[category]
        for cell in self._around(category, lat, lon, within_m):
            held = self._cells.get(cell)
            if held is None:
                continue
            over = [alert for alert in held.values() if is_over(alert, window)]
            for alert in over:
                self.remove(alert)
            found += held.values()
        return found

    def _cell(self, category: Category, lat: float, lon: float) -> Cell:
        width_m = self._width_m[category]
        band = floor(lat)
        return category, band, _row(lat, width_m), _column(band, lon, width_m)

    def _around(self, category: Category, lat: float, lon: float, within_m: float) -> Iterator[Cell]:
        width_m = self._width_m[category]
        reach = ceil(within_m / width_m)
        row = _row(lat, width_m)
        south, north = row - reach, row + reach
        # A row of cells may lie across the edge of a band, and the cells around across two: each band has its own columns.
        for band in range(_band_of(south, width_m), _band_of(north + 1, width_m) + 1):
            column = _column(band, lon, width_m)
            for y in range(south, north + 1):
                for x in range(column - reach, column + reach + 1):
                    yield category, band, y, x


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
