"""What the flow tests promise where the database matters, on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from shared.pack import CityPack
from tests.console_builders import Console
from tests.flow.console.conftest import pack  # noqa: F401 — fixture
from tests.flow.console.test_alerts import *  # noqa: F403
from tests.flow.console.test_city import *  # noqa: F403
from tests.flow.console.test_decisions import *  # noqa: F403
from tests.flow.console.test_sign_in import (  # noqa: F401
    test_a_disabled_person_is_out_at_once,
    test_each_sign_in_makes_a_new_session_and_ends_the_browsers_old_one,
    test_the_audit_only_grows,
    test_the_audits_pages_follow_one_another,
)
from tests.flow.console.test_stream import *  # noqa: F403
from tests.postgres import _postgres_server, postgres_url  # noqa: F401 — fixtures

pytestmark = pytest.mark.postgres


@pytest.fixture
async def console(postgres_url: str, pack: CityPack) -> AsyncIterator[Console]:  # noqa: F811
    made = Console(postgres_url, pack)
    await made.start()
    yield made
    await made.stop()
