"""A console of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.pack import CityPack, load_pack
from tests.console_builders import Console


@pytest.fixture(scope="session")
def pack() -> CityPack:
    return load_pack(Path("cities/przemysl"))


@pytest.fixture
async def console(tmp_path: Path, pack: CityPack) -> AsyncIterator[Console]:
    made = Console(f"sqlite+aiosqlite:///{tmp_path}/console.db", pack)
    await made.start()
    yield made
    await made.stop()
