"""Bench: text messages a second through one SMPP line at window 10 and 50, against a bare socket that pumps ready-made PDUs."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from statistics import median

from hejnal.stack.ports import free_ports
from services.notifier.adapters.smpp import SmppProvider
from services.notifier.adapters.smpp.pdus import HEADER_BYTES, bind, read_header, submit
from services.notifier.adapters.smpp.provider import SmppOptions
from services.notifier.adapters.smpp.session import SmscAddress
from services.notifier.send.core.message import Address
from services.notifier.send.core.outcomes import Accepted
from shared.events import Channel
from shared.pack import SmsStyle
from shared.telemetry import configure_logging
from tests.notifier_builders import message, no_receipt, no_text

MESSAGES = 4_000
__all__ = ["main"]


async def ours(port: int, window: int) -> float:
    options = SmppOptions("Hejnal", SmsStyle(), timeout_s=60)
    provider = SmppProvider("a", SmscAddress("127.0.0.1", port, "bench", ""), options, no_receipt, no_text)
    await provider.start()
    while provider.unready:
        await asyncio.sleep(0.01)
    room = asyncio.Semaphore(window)
    to = Address(Channel.SMS, "+48600100100")

    async def one() -> None:
        async with room:
            assert isinstance(await provider.send(message(Channel.SMS, to)), Accepted)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(MESSAGES)))
    rate = MESSAGES / (time.perf_counter() - began)
    await provider.stop()
    return rate


async def bare(port: int, window: int) -> float:
    """Receipts are read and not answered: the sandbox stops sending them after a hundred."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(bind(1, "bare", ""))
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    pdus = [
        submit(n + 2, "Hejnal", "+48600100100", b"Pozar", 0, None, (0x1400, f"n{n}"), expires_at)
        for n in range(MESSAGES)
    ]
    room, answered = asyncio.Semaphore(window), 0

    async def read() -> None:
        nonlocal answered
        while answered < MESSAGES:
            header = read_header(await reader.readexactly(HEADER_BYTES))
            await reader.readexactly(header.length - HEADER_BYTES)
            if header.command == 0x8000_0004:
                answered += 1
                room.release()

    began = time.perf_counter()
    reading = asyncio.create_task(read())
    for pdu in pdus:
        await room.acquire()
        writer.write(pdu)
    await reading
    rate = MESSAGES / (time.perf_counter() - began)
    writer.close()
    return rate


async def run(port: int) -> None:
    for window in (10, 50):
        values, bases = [], []
        for _ in range(3):
            bases.append(await bare(port, window))
            values.append(await ours(port, window))
        print("BENCH " + json.dumps({"name": f"smpp-window-{window}", "value": round(median(values)), "unit": "messages/s",
              "baseline": "bare socket with ready PDUs", "baseline_value": round(median(bases)),
              "ratio": round(median(values) / median(bases), 3)}))  # fmt: skip


def main() -> None:
    configure_logging("notifier", "ERROR")
    http, a, b, c, d = free_ports(5)
    with tempfile.TemporaryDirectory() as folder:
        ports = {"PORT": http, "SMPP_A_PORT": a, "SMPP_B_PORT": b, "SMTP_A_PORT": c, "SMTP_B_PORT": d}
        environment = {f"HEJNAL_SANDBOX_{name}": str(port) for name, port in ports.items()}
        environment |= {"HEJNAL_SANDBOX_STATE_DIR": folder, "HEJNAL_SANDBOX_TLS_DIR": folder}
        sandbox = subprocess.Popen(
            [sys.executable, "-m", "sandbox"], env={**os.environ, **environment}, stdout=subprocess.DEVNULL
        )
        try:
            asyncio.run(_when_up(a))
        finally:
            sandbox.terminate()
            sandbox.wait(10)


async def _when_up(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                break
    await run(port)


if __name__ == "__main__":
    main()
