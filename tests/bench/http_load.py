"""A load generator that costs little: a fixed number of connections, each sending its next request when the last is answered."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

__all__ = ["Load", "post", "run_load"]

_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}).*?\r\ncontent-length: (\d+)", re.DOTALL | re.IGNORECASE)


@dataclass(slots=True)
class Load:
    """What was measured. `seconds_each` are the answers' times, `statuses` how many answers had which status."""

    seconds: float = 0.0
    seconds_each: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return len(self.seconds_each) / self.seconds

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.seconds_each)
        return ordered[int(share * (len(ordered) - 1))] * 1000


def post(path: str, body: bytes, **headers: str) -> bytes:
    """A request as bytes, ready to be sent again and again."""
    lines = [f"POST {path} HTTP/1.1", "Host: bench", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def run_load(port: int, request: Callable[[int], bytes], connections: int, seconds: float) -> Load:
    """`request(n)` makes the n-th request."""
    load = Load()
    number = iter(range(10**12))
    began = perf_counter()
    until = began + seconds

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (sent := perf_counter()) < until:
            writer.write(request(next(number)))
            status = await _answer(reader)
            load.seconds_each.append(perf_counter() - sent)
            load.statuses[status] = load.statuses.get(status, 0) + 1
        writer.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    load.seconds = perf_counter() - began
    return load


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    found = _HEAD.match(head)
    assert found is not None, head
    await reader.readexactly(int(found.group(2)))
    return int(found.group(1))
