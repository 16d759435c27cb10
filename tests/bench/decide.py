"""`python -m tests.bench.decide`: decisions a second and their answer's time, against reading the same alert."""

import argparse
import asyncio
import json

import httpx

from shared.kafka.producing import Producer
from shared.topics import ALERTS
from tests.bench.console import TOKEN, RunningConsole, running_console
from tests.bench.http_load import Load, post, run_load
from tests.bench.lines import print_bench
from tests.console_builders import an_alert
from tests.kafka import broker

_BEARER = {"Authorization": f"Bearer {TOKEN}"}
_WAIT_S = 60


async def shown(console: RunningConsole) -> None:
    address = f"http://127.0.0.1:{console.port}/v1/alerts/alert-1"
    async with asyncio.timeout(_WAIT_S), httpx.AsyncClient(headers=_BEARER) as client:
        while (await client.get(address)).status_code != 200:
            await asyncio.sleep(0.05)


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()


async def measure(console: RunningConsole, options: argparse.Namespace) -> None:
    body = json.dumps({"kind": "note", "if_version": 1, "text": "Straż na miejscu"}).encode()
    decide = post("/v1/alerts/alert-1/decisions", body, **_BEARER)
    read = get("/v1/alerts/alert-1")
    decided = await run_load(console.port, lambda _: decide, options.connections, options.seconds)
    looked = await run_load(console.port, lambda _: read, options.connections, options.seconds)
    assert set(decided.statuses) == {202}, decided.statuses
    assert set(looked.statuses) == {200}, looked.statuses
    report(decided, looked, options)


def report(decided: Load, looked: Load, options: argparse.Namespace) -> None:
    print_bench(
        "decide",
        round(decided.per_second, 1),
        "decisions/s accepted (written down, audited, acknowledged by Kafka)",
        "GET of the same alert on the same server",
        round(looked.per_second, 1),
        p50_ms=round(decided.percentile_ms(0.5), 1),
        p99_ms=round(decided.percentile_ms(0.99), 1),
        connections=options.connections,
    )


async def main(options: argparse.Namespace, servers: str) -> None:
    async with running_console(servers) as console:
        async with Producer(servers, "bench") as producer:
            await producer.send(ALERTS, "alert-1", an_alert(), partition=3)
        await shown(console)
        await measure(console, options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5)
    with broker() as found:
        asyncio.run(main(parser.parse_args(), found))
