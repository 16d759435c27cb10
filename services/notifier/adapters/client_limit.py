"""How often one client may ask, counted in this process' memory."""

import math
import time

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

__all__ = ["ClientLimit"]


class ClientLimit:
    """`most` in `window_s` seconds for each client."""

    def __init__(self, most: int, window_s: int) -> None:
        self._item = RateLimitItemPerSecond(most, window_s)
        self._limiter: SlidingWindowCounterRateLimiter | None = None

    async def seconds_to_wait(self, client: str) -> int:
        """Counts and returns 0, or returns after how many seconds to come again."""
        if self._limiter is None:
            self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())  # not before there is an event loop
        if await self._limiter.hit(self._item, client):
            return 0
        stats = await self._limiter.get_window_stats(self._item, client)
        return max(1, math.ceil(stats.reset_time - time.time()))
