"""The sandbox's mail servers, by smtplib and by the client that the notifier uses."""

import asyncio
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from sandbox.certificates import AUTHORITY_FILE
from tests.sandbox import RunningSandbox, running_sandbox

CAPTAIN = "dyzurny@przemysl.example"


def mail(*, reference: str | None = "n-1", html: bool = False) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Hejnał <alarm@hejnal.example>"
    message["To"] = CAPTAIN
    message["Subject"] = "Pożar: ul. Kościuszki 5"
    if reference is not None:
        message["X-Hejnal-Notification-Id"] = reference
    message.set_content("Pożar, 3 zgłoszenia. Увага!\n")
    if html:
        message.add_alternative("<p>Pożar, <b>3</b> zgłoszenia</p>", subtype="html")
    return message


def trusting(sandbox: RunningSandbox) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(sandbox.settings.tls_dir / AUTHORITY_FILE))


async def send(sandbox: RunningSandbox, message: EmailMessage, provider: str = "a", timeout_s: float = 10) -> str:
    host, port = sandbox.addresses[f"smtp-{provider}"]
    client = aiosmtplib.SMTP(hostname=host, port=port, start_tls=True, tls_context=trusting(sandbox), timeout=timeout_s)
    async with client:
        _, said = await client.send_message(message)
    return said


async def test_a_mail_arrives_decoded_over_a_trusted_line(sandbox: RunningSandbox) -> None:
    said = await send(sandbox, mail(html=True), "b")
    message = await sandbox.message(channel="email", to=CAPTAIN)
    assert message["provider_message_id"] in said
    assert {key: message[key] for key in ("subject", "body", "html", "provider", "reference")} == {
        "subject": "Pożar: ul. Kościuszki 5",
        "body": "Pożar, 3 zgłoszenia. Увага!",
        "html": True,
        "provider": "b",
        "reference": "n-1",
    }
    assert message["from"] == "Hejnał <alarm@hejnal.example>"


async def test_each_recipient_has_a_message_of_its_own_also_by_the_blocking_client(sandbox: RunningSandbox) -> None:
    def talk() -> None:
        with smtplib.SMTP(*sandbox.addresses["smtp-a"], timeout=10) as client:
            client.starttls(context=trusting(sandbox))
            client.login("anyone", "anything")
            client.send_message(mail(), to_addrs=[CAPTAIN, "straz@przemysl.example"])

    await asyncio.to_thread(talk)
    messages = await sandbox.messages(channel="email")
    assert [message["to"] for message in messages] == [CAPTAIN, "straz@przemysl.example"]
    assert len({message["provider_message_id"] for message in messages}) == 2


async def test_the_message_id_serves_as_reference_too(sandbox: RunningSandbox) -> None:
    message = mail(reference=None)
    message["Message-ID"] = "<0193-note@hejnal.example>"
    await send(sandbox, message)
    assert (await sandbox.message())["reference"] == "0193-note"


async def test_html_alone_is_shown_as_its_text(sandbox: RunningSandbox) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@hejnal.example", CAPTAIN, "x"
    message.set_content("<style>p{}</style><p>Pożar &amp; dym</p><script>alert(1)</script>", subtype="html")
    await send(sandbox, message)
    assert (await sandbox.message())["body"] == "Pożar & dym"


@pytest.mark.parametrize(("permanent", "code"), [(False, 451), (True, 550)])
async def test_refuse_says_no_and_delivers_nothing(sandbox: RunningSandbox, permanent: bool, code: int) -> None:
    await sandbox.behave("email", "refuse", permanent=permanent)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(sandbox, mail())
    assert [recipient.code for recipient in refused.value.recipients] == [code]
    assert await sandbox.messages() == []


async def test_slow_delivers_late(sandbox: RunningSandbox) -> None:
    await sandbox.behave("email", "slow", provider="a", seconds=0.3)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await send(sandbox, mail())
    assert loop.time() - began >= 0.29
    assert len(await sandbox.messages()) == 1


async def test_timeout_neither_answers_nor_delivers(sandbox: RunningSandbox) -> None:
    await sandbox.behave("email", "timeout")
    with pytest.raises(aiosmtplib.SMTPException):
        await send(sandbox, mail(), timeout_s=0.5)
    assert await sandbox.messages() == []


async def test_drop_after_accept_delivers_and_breaks_the_line(sandbox: RunningSandbox) -> None:
    await sandbox.behave("email", "drop_after_accept")
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await send(sandbox, mail())
    assert (await sandbox.message())["reference"] == "n-1"


async def test_duplicate_receipts_leave_mail_as_it_is(sandbox: RunningSandbox) -> None:
    await sandbox.behave("email", "duplicate_receipts")
    await send(sandbox, mail())
    assert len(await sandbox.messages()) == 1


async def test_a_mail_that_is_too_large_is_refused_and_the_next_arrives(tmp_path: Path) -> None:
    async with running_sandbox(tmp_path, smtp_message_bytes=2_000) as sandbox:
        large = mail()
        large.set_content("x" * 70 * 100)
        with pytest.raises(aiosmtplib.SMTPException):
            await send(sandbox, large)
        await send(sandbox, mail())
        assert len(await sandbox.messages()) == 1


async def test_the_certificate_outlives_a_restart(tmp_path: Path) -> None:
    async with running_sandbox(tmp_path) as first:
        context = trusting(first)
    async with running_sandbox(tmp_path) as second:
        host, port = second.addresses["smtp-a"]
        async with aiosmtplib.SMTP(hostname=host, port=port, start_tls=True, tls_context=context) as client:
            assert client.is_connected


async def test_nonsense_ends_with_an_error_and_nothing_else(sandbox: RunningSandbox) -> None:
    reader, writer = await asyncio.open_connection(*sandbox.addresses["smtp-a"])
    writer.write(b"\xff\xfe nonsense\r\nDATA\r\n")
    with suppress(ConnectionError):
        greeting, *answers = [await asyncio.wait_for(reader.readline(), 10) for _ in range(3)]
    writer.close()
    assert greeting.startswith(b"220")
    assert all(answer.startswith(b"5") for answer in answers)
    await send(sandbox, mail())
    assert len(await sandbox.messages()) == 1
