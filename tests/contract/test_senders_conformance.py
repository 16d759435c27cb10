"""What the ledger relies on, held by every provider: the real adapters against the sandbox, and the fake that stands for them elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.notifier.send.core.message import Address
from services.notifier.send.core.outcomes import Accepted, Refused, Unknown
from services.notifier.send.flow import Provider
from shared.events import Channel
from tests.notifier_builders import FakeProvider, message, smpp, smtp, webpush
from tests.sandbox import RunningSandbox, until


@dataclass
class Case:
    """A provider with its other side: `behave` breaks it, `arrived` says what its phones got."""

    channel: Channel
    provider: Provider
    address: Address
    sandbox: RunningSandbox | None

    async def behave(self, mode: str, **more: Any) -> None:
        if self.sandbox is not None:
            await self.sandbox.behave(self.channel, mode, **more)
            return
        assert isinstance(self.provider, FakeProvider)
        permanent = more.get("permanent", False)
        outcomes: dict[str, Any] = {
            "normal": None,
            "refuse": Refused("permanent" if permanent else "temporary", "refused"),
            "timeout": Unknown("timeout"),
            "drop_after_accept": Unknown("line_lost"),
        }
        self.provider.outcomes = [outcomes[mode]]

    async def arrived(self, notification_id: str) -> int:
        if self.sandbox is not None:
            return len(await self.sandbox.messages(channel=self.channel, reference=notification_id))
        assert isinstance(self.provider, FakeProvider)
        return sum(1 for one in self.provider.accepted if one.notification_id == notification_id)


@pytest.fixture(params=["sms", "email", "app", "fake"])
async def case(request: pytest.FixtureRequest, sandbox: RunningSandbox, tmp_path: Path) -> AsyncIterator[Case]:
    match request.param:
        case "sms":
            made = Case(Channel.SMS, smpp(sandbox), Address(Channel.SMS, "+48600100100"), sandbox)
        case "email":
            made = Case(Channel.EMAIL, smtp(sandbox), Address(Channel.EMAIL, "dyzurny@przemysl.example"), sandbox)
        case "app":
            phone = (await sandbox.http.post("/v1/push-subscriptions")).json()
            made = Case(Channel.APP, webpush(tmp_path), Address(Channel.APP, phone["endpoint"], phone["keys"]), sandbox)
        case _:
            made = Case(Channel.SMS, FakeProvider(), Address(Channel.SMS, "+48600100100"), None)
    await made.provider.start()
    await until(lambda: not made.provider.unready)
    yield made
    await made.provider.stop()


async def test_accepted_means_the_phone_has_it_once_under_our_reference(case: Case) -> None:
    one = message(case.channel, case.address)
    outcome = await case.provider.send(one)
    assert isinstance(outcome, Accepted), outcome
    assert all(outcome.provider_message_ids)
    assert await case.arrived(one.notification_id) == 1


async def test_many_at_once_are_each_accepted_once(case: Case) -> None:
    many = [message(case.channel, case.address) for _ in range(40)]
    outcomes = await asyncio.gather(*(case.provider.send(one) for one in many))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes), outcomes
    assert [await case.arrived(one.notification_id) for one in many] == [1] * 40


async def test_refused_for_now_is_temporary_and_nothing_arrived(case: Case) -> None:
    await case.behave("refuse")
    one = message(case.channel, case.address)
    outcome = await case.provider.send(one)
    assert isinstance(outcome, Refused), outcome
    assert outcome.kind == "temporary"
    assert await case.arrived(one.notification_id) == 0


async def test_refused_for_good_is_permanent(case: Case) -> None:
    await case.behave("refuse", permanent=True)
    outcome = await case.provider.send(message(case.channel, case.address))
    assert isinstance(outcome, Refused), outcome
    assert outcome.kind == "permanent"


async def test_no_answer_is_unknown(case: Case) -> None:
    await case.behave("timeout")
    assert isinstance(await case.provider.send(message(case.channel, case.address)), Unknown)


async def test_a_line_that_drops_after_sending_is_unknown_although_the_phone_has_it(case: Case) -> None:
    if case.sandbox is None:
        pytest.skip("the fake has no line")
    await case.behave("drop_after_accept")
    one = message(case.channel, case.address)
    assert isinstance(await case.provider.send(one), Unknown)
    assert await case.arrived(one.notification_id) == 1


async def test_it_works_again_after_the_line_was_lost(case: Case) -> None:
    await case.behave("drop_after_accept")
    await case.provider.send(message(case.channel, case.address))
    await case.behave("normal")
    await until(lambda: not case.provider.unready)
    async with asyncio.timeout(10):
        while not isinstance(await case.provider.send(message(case.channel, case.address)), Accepted):
            await asyncio.sleep(0.01)
