"""The loops beside the stages end when they are told to, whatever their work makes of it."""

import asyncio
from datetime import UTC, datetime

from services.notifier.background import again_and_again


async def test_a_loop_ends_although_its_work_turned_the_cancelling_into_an_error() -> None:
    working = asyncio.Event()

    async def work() -> None:
        working.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RuntimeError("a driver's own idea of being cancelled") from None

    loop = asyncio.create_task(again_and_again("test", work, asyncio.sleep, lambda: datetime.now(UTC), 0.001))
    await working.wait()
    loop.cancel()
    done, _ = await asyncio.wait([loop], timeout=5)
    assert done == {loop}


async def test_a_loop_goes_on_after_an_error() -> None:
    rounds = asyncio.Semaphore(0)

    async def work() -> None:
        rounds.release()
        raise RuntimeError("broken once more")

    loop = asyncio.create_task(again_and_again("test", work, asyncio.sleep, lambda: datetime.now(UTC), 0.001))
    async with asyncio.timeout(5):
        for _ in range(3):
            await rounds.acquire()
    loop.cancel()
