"""The sandbox's SMSC, by the client that the notifier uses and, where that says too little, octet by octet."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import smpp34
from aiosmpplib import ESME, NPI, TON, OptionalParam, PhoneNumber, SubmitSm
from aiosmpplib.hook import AbstractHook
from aiosmpplib.protocol import DeliverSm, SmppMessage, SubmitSmResp
from aiosmpplib.retrytimer import SimpleExponentialBackoff
from aiosmpplib.state import SmppCommand, SmppCommandStatus

from tests.sandbox import DEADLINE_S, RunningSandbox, running_sandbox, until

REFERENCE = 0x1400
PHONE = "+48600100200"


class QuerySm(SmppMessage):
    """aiosmpplib sends any message that its queue gets, this one too; the answer comes to the hook as octets."""

    def __init__(self, message_id: str) -> None:
        super().__init__()
        self.message_id = message_id

    @property
    def smpp_command(self) -> SmppCommand:
        return SmppCommand.QUERY_SM

    def pdu(self) -> bytes:
        body = self.message_id.encode("ascii") + b"\0" + bytes(2) + b"\0"
        return bytes(self.pack_header(16 + len(body)) + body)


class Gateway(AbstractHook):  # type: ignore[misc]
    """Collects what the client tells."""

    def __init__(self) -> None:
        self.answers: list[SubmitSmResp] = []
        self.receipts: list[DeliverSm] = []
        self.queried: list[tuple[int, bytes]] = []
        self.errors: list[Exception] = []
        self.esme: Any = None

    async def sending(self, smpp_message: Any, pdu: bytes, client_id: str) -> None: ...

    async def received(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:
        command, status = struct.unpack_from("!II", pdu, 4)
        if isinstance(smpp_message, SubmitSmResp) and not isinstance(smpp_message, DeliverSm):
            self.answers.append(smpp_message)
        elif isinstance(smpp_message, DeliverSm):
            self.receipts.append(smpp_message)
        elif command == SmppCommand.QUERY_SM_RESP:
            self.queried.append((status, pdu[16:]))

    async def send_error(self, smpp_message: Any, error: Exception, client_id: str) -> None:
        self.errors.append(error)

    async def submit(self, text: str, reference: str = "n-1", **more: Any) -> None:
        message = SubmitSm(
            short_message=text,
            source=PhoneNumber("Hejnal", TON.ALPHANUMERIC),
            destination=PhoneNumber(PHONE.lstrip("+"), TON.INTERNATIONAL, NPI.ISDN),
            optional_params=[OptionalParam(REFERENCE, reference)],
            log_id=reference,
            **more,
        )
        await self.esme.broker.enqueue(message)

    async def answer(self) -> SubmitSmResp:
        await until(lambda: bool(self.answers))
        return self.answers.pop(0)

    async def query(self, message_id: str) -> tuple[int, bytes]:
        await self.esme.broker.enqueue(QuerySm(message_id))
        await until(lambda: bool(self.queried))
        return self.queried.pop(0)


@asynccontextmanager
async def bound(sandbox: RunningSandbox, provider: str = "a") -> AsyncIterator[Gateway]:
    gateway = Gateway()
    host, port = sandbox.addresses[f"smpp-{provider}"]
    retry = SimpleExponentialBackoff(min_delay=20, max_increases=1)
    gateway.esme = ESME(host, port, "hejnal", "secret", hook=gateway, log_level="CRITICAL", retry_timer=retry)
    running = asyncio.create_task(gateway.esme.start())
    try:
        await until(lambda: gateway.esme.session_state == gateway.esme.bind_mode.session_state)
        yield gateway
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(gateway.esme.stop(), 3)
        running.cancel()
        await asyncio.wait([running])


LONG_GSM = "Zalane piwnice przy ul. Mickiewicza [parter] {nie schodzic} 100 € " * 8
LONG_UCS2 = "Pożar przy ulicy Kościuszki 🔥 Увага, пожежа! " * 8


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("Pozar, ul. Kosciuszki 5 @ [brama] €", {}),
        ("Pożar 🔥 Увага, пожежа!", {}),
        (LONG_GSM, {}),
        (LONG_UCS2, {}),
        (LONG_GSM, {"esm_class": 0b01000000, "auto_message_payload": False}),
        (LONG_UCS2, {"esm_class": 0b01000000, "auto_message_payload": False}),
    ],
    ids=["gsm", "ucs2", "payload-gsm", "payload-ucs2", "udh-gsm", "udh-ucs2"],
)
async def test_a_text_arrives_as_it_was_written(sandbox: RunningSandbox, text: str, how: dict[str, Any]) -> None:
    async with bound(sandbox) as gateway:
        await gateway.submit(text, **how)
        message = await sandbox.message(channel="sms", to=PHONE)
    assert message["text"] == text
    assert (message["from"], message["provider"], message["reference"]) == ("Hejnal", "a", "n-1")


async def test_the_answer_names_the_message_and_the_receipt_names_both_ids(sandbox: RunningSandbox) -> None:
    async with bound(sandbox, "b") as gateway:
        await gateway.submit("Pozar")
        answer = await gateway.answer()
        await until(lambda: bool(gateway.receipts))
    message = await sandbox.message()
    assert message["provider_message_id"] == answer.message_id
    assert message["provider"] == "b"
    receipt = gateway.receipts[0].parse_receipt()
    assert (receipt["id"], receipt["stat"], receipt["err"]) == (answer.message_id, "DELIVRD", 0)
    options = {option.tag: option.value for option in gateway.receipts[0].optional_params}
    assert options == {0x001E: answer.message_id, 0x0427: 2, REFERENCE: "n-1"}


async def test_a_message_is_found_by_its_id_and_by_the_senders_reference(sandbox: RunningSandbox) -> None:
    async with bound(sandbox) as gateway:
        await gateway.submit("Pozar", reference="0193-note")
        answer = await gateway.answer()
        by_id = await gateway.query(answer.message_id)
        by_reference = await gateway.query("0193-note")
        unknown = await gateway.query("never-seen")
    assert by_id == by_reference
    message_id, final_date, state = by_id[1].split(b"\0", 2)
    assert (by_id[0], message_id.decode(), state) == (0, answer.message_id, b"\x02\x00")
    assert len(final_date) == 16
    assert unknown[0] == SmppCommandStatus.ESME_RINVMSGID


async def test_emptying_the_phones_does_not_empty_the_providers_memory(sandbox: RunningSandbox) -> None:
    async with bound(sandbox) as gateway:
        await gateway.submit("Pozar")
        await gateway.answer()
        assert (await sandbox.http.delete("/v1/messages")).status_code == 204
        assert await sandbox.messages() == []
        assert (await gateway.query("n-1"))[0] == 0


@pytest.mark.parametrize(
    ("permanent", "status"),
    [(False, SmppCommandStatus.ESME_RTHROTTLED), (True, SmppCommandStatus.ESME_RINVDSTADR)],
)
async def test_refuse_says_no_and_delivers_nothing(
    sandbox: RunningSandbox, permanent: bool, status: SmppCommandStatus
) -> None:
    await sandbox.behave("sms", "refuse", provider="a", permanent=permanent)
    async with bound(sandbox) as refused, bound(sandbox, "b") as other:
        await refused.submit("Pozar")
        assert (await refused.answer()).command_status == status
        await other.submit("Pozar", reference="by-b")
        assert (await other.answer()).command_status == SmppCommandStatus.ESME_ROK
    assert [message["reference"] for message in await sandbox.messages()] == ["by-b"]


async def test_slow_delivers_late(sandbox: RunningSandbox) -> None:
    await sandbox.behave("sms", "slow", seconds=0.3)
    loop = asyncio.get_running_loop()
    async with bound(sandbox) as gateway:
        began = loop.time()
        await gateway.submit("Pozar")
        await gateway.answer()
        assert loop.time() - began >= 0.29
        assert len(await sandbox.messages()) == 1


async def test_timeout_neither_answers_nor_delivers_and_ends_by_itself(sandbox: RunningSandbox) -> None:
    await sandbox.behave("sms", "timeout", seconds=0.5)
    async with bound(sandbox) as gateway:
        await gateway.submit("Pozar")
        assert (await gateway.query("n-1"))[0] == SmppCommandStatus.ESME_RINVMSGID
        assert (gateway.answers, await sandbox.messages()) == ([], [])
        async with asyncio.timeout(DEADLINE_S):
            while (await sandbox.http.get("/v1/behaviour")).json()["providers"][0]["mode"] != "normal":
                await asyncio.sleep(0.01)
        await gateway.submit("Pozar", reference="later")
        await gateway.answer()
    assert [message["reference"] for message in await sandbox.messages()] == ["later"]


async def test_drop_after_accept_delivers_and_tells_the_truth_when_the_sender_is_back(sandbox: RunningSandbox) -> None:
    await sandbox.behave("sms", "drop_after_accept")
    async with bound(sandbox) as gateway:
        await gateway.submit("Pozar", reference="unknown-1")
        message = await sandbox.message(channel="sms")
        await until(lambda: bool(gateway.receipts))
        receipt = gateway.receipts[0]
        status, body = await gateway.query("unknown-1")
    assert gateway.answers == []
    assert receipt.parse_receipt()["id"] == message["provider_message_id"]
    assert {option.tag: option.value for option in receipt.optional_params}[REFERENCE] == "unknown-1"
    assert (status, body.split(b"\0")[0].decode()) == (0, message["provider_message_id"])


async def test_duplicate_receipts_come_twice_for_one_message(sandbox: RunningSandbox) -> None:
    await sandbox.behave("sms", "duplicate_receipts")
    async with bound(sandbox) as gateway:
        await gateway.submit("Pozar")
        answer = await gateway.answer()
        await until(lambda: len(gateway.receipts) == 2)
    assert {receipt.parse_receipt()["id"] for receipt in gateway.receipts} == {answer.message_id}
    assert len(await sandbox.messages()) == 1


class Wire:
    """A connection that can say anything."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, pdu: bytes) -> tuple[int, int, int, bytes]:
        self.writer.write(pdu)
        return await self.read()

    async def read(self) -> tuple[int, int, int, bytes]:
        async with asyncio.timeout(DEADLINE_S):
            length, command, status, sequence = struct.unpack("!IIII", await self.reader.readexactly(16))
            return command, status, sequence, await self.reader.readexactly(length - 16)

    async def bind(self, command: int = 9, password: str = "secret") -> tuple[int, int, int, bytes]:
        return await self.ask(pdu(command, 1, b"wire\0" + password.encode() + b"\0\0\x34\0\0\0"))


@asynccontextmanager
async def wire(sandbox: RunningSandbox) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection(*sandbox.addresses["smpp-a"])
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


def pdu(command: int, sequence: int, body: bytes = b"") -> bytes:
    return struct.pack("!IIII", 16 + len(body), command, 0, sequence) + body


def submit(text: bytes, sequence: int = 2, tlvs: list[smpp34.Tlv] | None = None, **more: Any) -> bytes:
    return smpp34.SubmitSm("112", "48600100200", text, sequence_number=sequence, tlvs=tlvs or [], **more).encode()


async def test_a_text_in_latin_1_arrives_as_it_was_written(sandbox: RunningSandbox) -> None:
    async with wire(sandbox) as line:
        await line.bind()
        await line.ask(submit("fumée à la mairie".encode("latin-1"), data_coding=3))
    assert (await sandbox.message())["text"] == "fumée à la mairie"


async def test_segments_by_optional_parameters_are_joined_in_their_order(sandbox: RunningSandbox) -> None:
    def sar(number: int) -> list[smpp34.Tlv]:
        values = ((0x020C, b"\0\x07"), (0x020E, b"\x02"), (0x020F, bytes((number,))))
        return [smpp34.Tlv(tag, value) for tag, value in values]

    async with wire(sandbox) as line:
        await line.bind()
        await line.ask(submit(b"second", 2, sar(2)))
        assert await sandbox.messages() == []
        command, status, sequence, body = await line.ask(submit(b"first ", 3, sar(1)))
    assert (command, status, sequence) == (0x80000004, 0, 3)
    message = await sandbox.message(to=PHONE)
    assert (message["text"], message["segments"]) == ("first second", 2)
    assert message["provider_message_id"] == body.rstrip(b"\0").decode()


@pytest.mark.parametrize("bind", [1, 2, 9], ids=["receiver", "transmitter", "transceiver"])
async def test_every_bind_is_answered_and_links_are_enquired(sandbox: RunningSandbox, bind: int) -> None:
    async with wire(sandbox) as line:
        command, status, sequence, body = await line.bind(bind)
        assert (command, status, sequence) == (0x80000000 | bind, 0, 1)
        assert body == b"sandbox-a\0\x02\x10\0\x01\x34"
        assert (await line.bind(bind))[1] == SmppCommandStatus.ESME_RALYBND
        assert await line.ask(pdu(0x15, 7)) == (0x80000015, 0, 7, b"")
        expected = SmppCommandStatus.ESME_RINVBNDSTS if bind == 1 else SmppCommandStatus.ESME_ROK
        assert (await line.ask(submit(b"text")))[1] == expected
        assert await line.ask(pdu(0x06, 8)) == (0x80000006, 0, 8, b"")
        assert await line.reader.read() == b""


async def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    async with running_sandbox(tmp_path, smpp_password="secret") as sandbox, wire(sandbox) as line:
        assert (await line.bind(password="guess"))[1] == SmppCommandStatus.ESME_RINVPASWD
        assert (await line.ask(submit(b"text")))[1] == SmppCommandStatus.ESME_RINVBNDSTS
        assert (await line.bind(password="secret"))[1] == SmppCommandStatus.ESME_ROK


@pytest.mark.parametrize(
    ("broken", "status"),
    [
        (pdu(0x04, 5, b"\xff" * 40), SmppCommandStatus.ESME_RINVCMDLEN),
        (pdu(0x03, 5, b"no end"), SmppCommandStatus.ESME_RINVCMDLEN),
        (pdu(0x21, 5, b""), SmppCommandStatus.ESME_RINVCMDID),
        (submit(b"", 5), SmppCommandStatus.ESME_RINVMSGLEN),
        (submit(b"\x09\x00\x03", 5, esm_class=0x40), SmppCommandStatus.ESME_RINVESMCLASS),
        (submit(b"\x05\x00\x03\x01\x02\x05text", 5, esm_class=0x40), SmppCommandStatus.ESME_RINVESMCLASS),
        (smpp34.SubmitSm("112", "nobody", b"text", sequence_number=5).encode(), SmppCommandStatus.ESME_RINVDSTADR),
    ],
    ids=["not-a-submit", "no-end", "unknown-command", "empty", "header-too-long", "segment-5-of-2", "no-number"],
)
async def test_a_broken_pdu_is_named_and_the_next_is_handled(
    sandbox: RunningSandbox, broken: bytes, status: SmppCommandStatus
) -> None:
    async with wire(sandbox) as line:
        await line.bind()
        assert (await line.ask(broken))[1:3] == (status, 5)
        assert (await line.ask(submit(b"text", 6)))[1:3] == (0, 6)
    assert len(await sandbox.messages()) == 1


@pytest.mark.parametrize("length", [3, 0x7FFFFFFF])
async def test_a_length_that_cannot_be_ends_that_line_alone(sandbox: RunningSandbox, length: int) -> None:
    async with wire(sandbox) as broken, wire(sandbox) as good:
        await good.bind()
        assert (await broken.ask(struct.pack("!IIII", length, 4, 0, 1)))[:2] == (
            0x80000000,
            SmppCommandStatus.ESME_RINVCMDLEN,
        )
        assert await broken.reader.read() == b""
        assert (await good.ask(submit(b"text")))[1] == 0


async def test_receipts_that_were_not_acknowledged_come_again_to_the_next_session(sandbox: RunningSandbox) -> None:
    async with wire(sandbox) as line:
        await line.bind()
        await line.ask(submit(b"text", registered_delivery=1))
        first = await line.read()
    async with wire(sandbox) as line:
        await line.bind()
        again = await line.read()
    assert first[0] == again[0] == 0x05
    assert first[3] == again[3]


async def test_memory_is_bounded_to_the_newest_messages(tmp_path: Path) -> None:
    async with running_sandbox(tmp_path, messages_kept=10) as sandbox, wire(sandbox) as line:
        await line.bind()
        for number in range(25):
            await line.ask(submit(b"%d" % number, number + 2))
        assert [message["text"] for message in await sandbox.messages()] == [str(number) for number in range(15, 25)]
