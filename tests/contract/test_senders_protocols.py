"""What is particular to each protocol, as the other side sees it."""

import asyncio
import email.policy
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.notifier.adapters.smpp.joining import Joining
from services.notifier.adapters.smpp.pdus import TextPdu
from services.notifier.adapters.smtp.mail import write_mail
from services.notifier.send.core.message import Address, Links
from services.notifier.send.core.outcomes import Accepted, Receipt, Refused, Unknown
from shared.errors import Transient
from shared.events import Channel, NotificationState
from shared.pack import SmsStyle
from tests.notifier_builders import message, smpp, smtp, webpush
from tests.sandbox import RunningSandbox, until

PHONE = Address(Channel.SMS, "+48600100100")
LEAVES = Links("http://city/", "http://city/leave/abc", "")


async def test_a_receipt_names_the_notification(sandbox: RunningSandbox) -> None:
    receipts: list[Receipt] = []

    async def keep(receipt: Receipt) -> None:
        receipts.append(receipt)

    provider = smpp(sandbox, on_receipt=keep)
    await provider.start()
    await until(lambda: not provider.unready)
    one = message(Channel.SMS, PHONE)
    outcome = await provider.send(one)
    assert isinstance(outcome, Accepted)
    await until(lambda: bool(receipts))
    assert receipts[0].reference == one.notification_id
    assert receipts[0].provider_message_id in outcome.provider_message_ids
    assert receipts[0].state is NotificationState.DELIVERED
    await provider.stop()


async def test_a_receipt_that_could_not_be_kept_comes_again(sandbox: RunningSandbox) -> None:
    calls: list[Receipt] = []

    async def fail_once(receipt: Receipt) -> None:
        calls.append(receipt)
        if len(calls) == 1:
            provider_line_drops()
            raise RuntimeError("the database is away")

    provider = smpp(sandbox, on_receipt=fail_once)

    def provider_line_drops() -> None:
        assert provider._session is not None
        provider._session.drop()

    await provider.start()
    await until(lambda: not provider.unready)
    await provider.send(message(Channel.SMS, PHONE))
    await until(lambda: len(calls) > 1)
    await provider.stop()


async def test_the_smsc_says_what_became_of_an_unknown_one(sandbox: RunningSandbox) -> None:
    provider = smpp(sandbox)
    await provider.start()
    await until(lambda: not provider.unready)
    await sandbox.behave("sms", "drop_after_accept")
    one = message(Channel.SMS, PHONE)
    assert isinstance(await provider.send(one), Unknown)
    await sandbox.behave("sms", "normal")
    answer: Receipt | None = None
    async with asyncio.timeout(10):
        while answer is None:
            answer = await provider.ask(one.notification_id, None)
            await asyncio.sleep(0.01)
    assert answer.state is NotificationState.DELIVERED
    assert await provider.ask("never-sent", None) is None
    await provider.stop()


async def test_long_and_cyrillic_messages_arrive_whole(sandbox: RunningSandbox) -> None:
    provider = smpp(sandbox, style=SmsStyle(most_segments=4))
    await provider.start()
    await until(lambda: not provider.unready)
    for text in ("Zażółć gęślą jaźń. " * 20 + "http://x.y/z", "Пожежа на площі Ринок. " * 8 + "http://x.y/z"):
        one = message(Channel.SMS, PHONE, body=text)
        outcome = await provider.send(one)
        assert isinstance(outcome, Accepted)
        assert len(outcome.provider_message_ids) > 1
        (got,) = await sandbox.messages(reference=one.notification_id)
        folded = "Zazolc gesla jazn. " * 20 + "http://x.y/z"
        assert got["text"] == (folded if text.startswith("Za") else text)
    await provider.stop()


async def test_a_mail_carries_its_reference_and_the_way_out(sandbox: RunningSandbox) -> None:
    provider = smtp(sandbox)
    one = message(
        Channel.EMAIL,
        Address(Channel.EMAIL, "anna@example.org"),
        links=LEAVES,
        body="Pożar {}\n\nhttp://city/leave/abc",
    )
    assert isinstance(await provider.send(one), Accepted)
    (got,) = await sandbox.messages(channel="email")
    assert got["reference"] == one.notification_id
    assert got["subject"] == "Pożar – Rynek"
    assert got["html"] is True
    await provider.stop()


def test_mail_headers_are_for_machines() -> None:
    one = message(Channel.EMAIL, Address(Channel.EMAIL, "anna@example.org"), links=LEAVES)
    mail = email.message_from_bytes(write_mail(one, "h@city.example", "Hejnał"), policy=email.policy.default)
    assert mail["Message-ID"] == f"<{one.notification_id}@city.example>"
    assert mail["X-Hejnal-Notification-Id"] == one.notification_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<http://city/leave/abc>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_html_escapes_what_people_wrote() -> None:
    one = message(Channel.EMAIL, Address(Channel.EMAIL, "anna@example.org"), body="<script>alert(1)</script>")
    mail = email.message_from_bytes(write_mail(one, "h@city.example", "Hejnał"), policy=email.policy.default)
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()


async def test_starttls_with_a_certificate_that_is_not_trusted_sends_nothing(sandbox: RunningSandbox) -> None:
    provider = smtp(sandbox, ca_file=None)
    outcome = await provider.send(message(Channel.EMAIL, Address(Channel.EMAIL, "anna@example.org")))
    assert isinstance(outcome, Refused)
    assert outcome.kind == "temporary"
    assert await sandbox.messages(channel="email") == []


async def test_a_push_subscription_that_is_gone_is_forgotten(sandbox: RunningSandbox, tmp_path: Path) -> None:
    forgotten: list[str] = []

    async def forget(endpoint: str) -> None:
        forgotten.append(endpoint)

    phone = (await sandbox.http.post("/v1/push-subscriptions")).json()
    assert (await sandbox.http.delete(phone["endpoint"])).status_code < 300
    provider = webpush(tmp_path, forget)
    await provider.start()
    outcome = await provider.send(message(Channel.APP, Address(Channel.APP, phone["endpoint"], phone["keys"])))
    assert outcome == Refused("permanent", "subscription_gone")
    assert forgotten == [phone["endpoint"]]
    await provider.stop()


async def test_pushes_go_to_services_of_different_origins(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The audience of one push service must not be told to the next."""
    provider = webpush(tmp_path)
    await provider.start()
    host, port = sandbox.url.removeprefix("http://").split(":")
    phones = [
        (await sandbox.http.post("/v1/push-subscriptions", headers={"Host": f"{name}:{port}"})).json()
        for name in (host, "localhost")
    ]
    for phone in phones:
        outcome = await provider.send(message(Channel.APP, Address(Channel.APP, phone["endpoint"], phone["keys"])))
        assert isinstance(outcome, Accepted), (outcome, datetime.now(UTC))
    await provider.stop()


async def test_nobody_listening_is_temporary_in_every_protocol(sandbox: RunningSandbox, tmp_path: Path) -> None:
    mail = smtp(sandbox, port=1)
    push = webpush(tmp_path)
    await push.start()
    keys = (await sandbox.http.post("/v1/push-subscriptions")).json()["keys"]
    for outcome in (
        await mail.send(message(Channel.EMAIL, Address(Channel.EMAIL, "anna@example.org"))),
        await push.send(message(Channel.APP, Address(Channel.APP, "http://127.0.0.1:1/push/x", keys))),
        await smpp(sandbox).send(message(Channel.SMS, PHONE)),
    ):
        assert isinstance(outcome, Refused)
        assert outcome.kind == "temporary"
    await push.stop()


LONG = "Na Lwowskiej przy moście woda stoi już po kolana, samochody pływają. Prosimy o pomoc! " * 5 + "Szybko"


@pytest.mark.parametrize("text", ["OK", "Так, їду", "Pożar w kamienicy", ("a {b} [c] € " * 30).strip(), LONG])
async def test_what_a_phone_writes_is_taken_whole_and_once(sandbox: RunningSandbox, text: str) -> None:
    taken: list[tuple[str, str]] = []

    async def take(phone: str, said: str) -> None:
        taken.append((phone, said))

    provider = smpp(sandbox, on_text=take)
    await provider.start()
    await until(lambda: not provider.unready)
    answer = await sandbox.http.post("/v1/texts", json={"from": PHONE.text, "text": text})
    assert answer.status_code == 202, answer.text
    await until(lambda: bool(taken))
    await provider.stop()
    assert taken == [(PHONE.text, text)]


async def test_a_text_whose_last_part_never_comes_is_taken_as_far_as_it_came() -> None:
    taken: list[tuple[str, str]] = []

    async def take(phone: str, said: str) -> None:
        taken.append((phone, said))

    joining = Joining(take, patience_s=0.05)
    await asyncio.gather(
        joining.add(TextPdu("+48600100100", "second ", (7, 3, 2))),
        joining.add(TextPdu("+48600100100", "first ", (7, 3, 1))),
    )
    assert taken == [("+48600100100", "first second ")]


async def test_a_text_that_could_not_be_kept_is_refused_in_all_its_parts() -> None:
    async def take(phone: str, said: str) -> None:
        raise Transient("broker_away")

    joining = Joining(take, patience_s=5)
    parts = [TextPdu("+48600100100", "x", (7, 2, number)) for number in (1, 2)]
    answers = await asyncio.gather(*map(joining.add, parts), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Transient, Transient]
