"""The city, its sensors and its numbers."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from services.console.api.answers import Reading, ReadingList, SensorList
from services.console.api.dependencies import Cursor, Limit, PartsOf
from services.console.core.map import CityMap, city_map
from services.console.core.paging import cursor
from services.console.core.sensor_board import with_unheard
from services.console.core.statistics import Statistics
from shared.web import Problem, problem_responses

__all__ = ["router"]

router = APIRouter(tags=["city"], responses=problem_responses(401, 403, 422, 503))

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_STATISTICS_SPAN = timedelta(days=30)
Since = Annotated[AwareDatetime | None, Query(description="RFC 3339, with zone.")]


@router.get("/v1/city")
async def show_city(parts: PartsOf) -> CityMap:
    """The city as its pack says it: for the page's map."""
    return city_map(parts.pack)


@router.get("/v1/sensors")
async def list_sensors(parts: PartsOf, after: Cursor, limit: Limit = 500) -> SensorList:
    """Each quantity of each sensor, by id: those that were heard, and those of the pack that never were (`silent`, without value)."""
    rows = with_unheard(await parts.sensors.all(), parts.pack)
    keys = [f"{row.sensor_id}\n{row.quantity}" for row in rows]
    first = bisect_right(keys, after[1]) if after else 0
    page = rows[first : first + limit]
    is_last = first + limit >= len(rows)
    return SensorList(sensors=page, next_cursor=None if is_last else cursor(_BEGINNING, keys[first + limit - 1]))


@router.get("/v1/sensors/{sensor_id}/readings", responses=problem_responses(404))
async def list_readings(
    parts: PartsOf,
    sensor_id: Annotated[str, Path(max_length=200, pattern=r"^[\x21-\x7e]+$")],
    after: Cursor,
    since: Since = None,
    limit: Limit = 500,
) -> ReadingList:
    """Oldest first, `since` inclusive; the console keeps the readings of the last days."""
    found, next_cursor = await parts.sensors.readings(sensor_id, since=since, after=after, limit=limit)
    if not found and not await parts.sensors.is_known(sensor_id) and not _in_pack(parts, sensor_id):
        raise Problem(404, "There is no sensor with this id.")
    return ReadingList(readings=[Reading.model_validate(row) for row in found], next_cursor=next_cursor)


@router.get("/v1/statistics")
async def show_statistics(parts: PartsOf, since: Since = None) -> Statistics:
    """Of the last 30 days unless `since` says otherwise."""
    return await parts.statistics.since(since or parts.now() - _STATISTICS_SPAN)


def _in_pack(parts: PartsOf, sensor_id: str) -> bool:
    return any(sensor.id == sensor_id for sensor in parts.pack.sensors)
