"""Ingest over fakes, asked by HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.ingest_fakes import House


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(house.app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest") as client:
        yield client
