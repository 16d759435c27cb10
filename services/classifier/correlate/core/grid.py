"""Alerts by place: a square grid for each category, its cells as wide as the category's signals join."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from math import ceil, cos, floor, radians
from typing import Final

from services.classifier.correlate.core.alert import Alert
from shared.events import Category
from shared.pack import Correlation

__all__ = ["Grid"]

_METRES_PER_DEGREE: Final = 111_195.0
_BAND_DEGREES: Final = 1.0
"""Within a band of latitude the cells are equally wide in degrees of longitude."""

Cell = tuple[Category, int, int, int]


class Grid:
    """Only alerts with a place that a new signal could still join; those whose time is over are dropped when they are met."""

    def __init__(self, correlation: Correlation) -> None:
        self._cells: dict[Cell, dict[str, Alert]] = {}
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

    def remove(self, alert: Alert) -> None:
        for cell in self._places.pop(alert.alert_id, ()):
            held = self._cells[cell]
            del held[alert.alert_id]
            if not held:
                del self._cells[cell]

    def near(
        self, category: Category, lat: float, lon: float, within_m: float, is_over: Callable[[Alert, timedelta], bool]
    ) -> Iterator[Alert]:
        """Alerts in every cell that reaches within `within_m` of the place, and perhaps some a little further."""
        over: list[Alert] = []
        for cell in self._around(category, lat, lon, within_m):
            for alert in self._cells.get(cell, {}).values():
                if is_over(alert, self._window[category]):
                    over.append(alert)
                else:
                    yield alert
        for alert in over:
            self.remove(alert)

    def _cell(self, category: Category, lat: float, lon: float) -> Cell:
        width_m = self._width_m[category]
        return category, floor(lat / _BAND_DEGREES), _row(lat, width_m), _column(lat, lon, width_m)

    def _around(self, category: Category, lat: float, lon: float, within_m: float) -> Iterator[Cell]:
        width_m = self._width_m[category]
        reach = ceil(within_m / width_m)
        row = _row(lat, width_m)
        for north in range(row - reach, row + reach + 1):
            for band in {_band_of_row(north, width_m), _band_of_row(north + 1, width_m)}:  # a row may lie across two
                column = _column(band * _BAND_DEGREES, lon, width_m)
                for east in range(column - reach, column + reach + 1):
                    yield category, band, north, east


def _row(lat: float, width_m: float) -> int:
    return floor(lat * _METRES_PER_DEGREE / width_m)


def _band_of_row(row: int, width_m: float) -> int:
    return floor(row * width_m / _METRES_PER_DEGREE / _BAND_DEGREES)


def _column(lat: float, lon: float, width_m: float) -> int:
    band = floor(lat / _BAND_DEGREES)
    # Degrees are shortest at the band's edge nearer to the pole: a cell as wide as that there is nowhere too narrow.
    narrowest = max(abs(band), abs(band + 1)) * _BAND_DEGREES
    return floor(lon * _METRES_PER_DEGREE * max(0.01, cos(radians(min(narrowest, 89.4)))) / width_m)
