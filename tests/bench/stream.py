"""`python -m tests.bench.stream`: from a change's writing to Kafka until the last of many clients has it."""

import argparse
import asyncio
import re
import statistics
from dataclasses import dataclass, field
from time import perf_counter

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.kafka.producing import Producer
from shared.topics import ALERTS
from tests.bench.console import TOKEN, RunningConsole, running_console
from tests.bench.lines import print_bench
from tests.console_builders import a_report, an_alert
from tests.kafka import broker

_PARTITION = 3
_WAIT_S = 60
_NUMBER = re.compile(rb'"alert_id":"bench-(\d+)"')


@dataclass(slots=True)
class Seen:
    """When each change was written, and when each reader had it. Times are of perf_counter."""

    written: dict[int, float] = field(default_factory=dict)
    last: dict[int, float] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)

    def note(self, number: int) -> None:
        self.last[number] = perf_counter()
        self.times[number] = self.times.get(number, 0) + 1

    def delays_ms(self) -> list[float]:
        return sorted((self.last[number] - written) * 1000 for number, written in self.written.items())


def percentile(ordered: list[float], share: float) -> float:
    return ordered[int(share * (len(ordered) - 1))]


async def client(port: int, seen: Seen, connected: asyncio.Event) -> None:
    """Reads the stream and looks for the alerts' numbers only: it must cost less than what it measures."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    writer.write(f"GET /v1/alerts/stream HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
    await reader.readuntil(b"event: heartbeat")
    connected.set()
    tail = b""
    try:
        while data := await reader.read(2**18):
            tail += data
            end = tail.rfind(b"\n\n")
            if end >= 0:
                for found in _NUMBER.finditer(tail, 0, end):
                    seen.note(int(found.group(1)))
                tail = tail[end:]
    finally:
        writer.close()


async def bare_reader(servers: str, seen: Seen, connected: asyncio.Event) -> None:
    """The baseline: one aiokafka consumer of the same records, which does nothing with them."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, isolation_level="read_committed", fetch_max_wait_ms=250)
    await consumer.start()
    consumer.assign([TopicPartition(ALERTS.name, _PARTITION)])
    await consumer.seek_to_end()
    connected.set()
    try:
        async for record in consumer:
            found = _NUMBER.search(record.value)
            if found is not None:
                seen.note(int(found.group(1)))
    finally:
        await consumer.stop()


async def write(servers: str, everyone: list[Seen], changes: int, per_second: float) -> None:
    evidence = [a_report(f"report-{number}", "Pali się kamienica na rogu. " * 8) for number in range(10)]
    async with Producer(servers, "bench") as producer:
        for number in range(changes):
            event = an_alert(f"bench-{number}", evidence=evidence, evidence_total=10, report_count=10)
            for seen in everyone:
                seen.written[number] = perf_counter()
            await producer.send(ALERTS, event.alert_id, event, partition=_PARTITION)
            await asyncio.sleep(1 / per_second)


async def measure(servers: str, console: RunningConsole, options: argparse.Namespace) -> None:
    clients, bare = Seen(), Seen()
    memory_before_mb = console.rss_mb()
    tasks: list[asyncio.Task[None]] = []
    for _ in range(options.clients):
        connected = asyncio.Event()
        tasks.append(asyncio.create_task(client(console.port, clients, connected)))
        await asyncio.wait_for(connected.wait(), _WAIT_S)
    kb_each = (console.rss_mb() - memory_before_mb) * 1000 / options.clients
    connected = asyncio.Event()
    tasks.append(asyncio.create_task(bare_reader(servers, bare, connected)))
    await connected.wait()
    began, cpu_before_s = perf_counter(), console.cpu_s()
    await write(servers, [clients, bare], options.changes, options.per_second)
    async with asyncio.timeout(_WAIT_S):
        while sum(clients.times.values()) < options.clients * options.changes or len(bare.last) < options.changes:
            await asyncio.sleep(0.05)
    cpu = (console.cpu_s() - cpu_before_s) / (perf_counter() - began)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert set(clients.times.values()) == {options.clients}, "a client missed a change or got one twice"
    report(clients.delays_ms(), bare.delays_ms(), options, kb_each, cpu)


def report(
    delays_ms: list[float], bare_ms: list[float], options: argparse.Namespace, kb_each: float, cpu: float
) -> None:
    value, baseline = percentile(delays_ms, 0.99), percentile(bare_ms, 0.99)
    print_bench(
        "stream",
        round(value, 1),
        "ms, change written to Kafka → last client, p99",
        "one bare aiokafka consumer of the same records, p99",
        round(baseline, 1),
        p50_ms=round(statistics.median(delays_ms), 1),
        baseline_p50_ms=round(statistics.median(bare_ms), 1),
        clients=options.clients,
        changes=options.changes,
        changes_per_second=options.per_second,
        kb_per_client=round(kb_each),
        console_cpu_cores=round(cpu, 2),
    )


async def main(options: argparse.Namespace, servers: str) -> None:
    async with running_console(servers) as console:
        await measure(servers, console, options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--per-second", type=float, default=10)
    with broker() as found:
        asyncio.run(main(parser.parse_args(), found))
