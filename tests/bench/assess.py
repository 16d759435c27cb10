"""`python -m tests.bench.assess`: the reports' stage against a bare at-least-once loop."""

import asyncio
import json
from pathlib import Path
from typing import Any

from services.classifier.assess.core.assessor import ReportText
from services.classifier.assess.flow import ReportsStage, outputs_of
from services.classifier.assess.starting import FullTierMode, FullTierSettings, start_assessor
from shared.kafka.administration import create_topics
from shared.kafka.records import Outgoing, Received
from shared.topics import ASSESSED, REPORTS, SIGNALS, TOPICS
from tests.bench.classify_stages import compare, copy_to, fill, fresh, run_bare_at_least_once, run_batch_stage
from tests.classifier_builders import a_report, przemysl
from tests.kafka import broker

RECORDS = 10_000


def texts() -> list[str]:
    lines = (Path(__file__).parents[1] / "unit" / "classifier" / "texts.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


async def main() -> None:
    known = texts()
    reports = [a_report(str(number), f"{known[number % len(known)]} {number}") for number in range(RECORDS)]
    assessor = start_assessor(przemysl(), FullTierSettings(FullTierMode.OFF)).assessor

    def transform(batch: list[Received[Any]]) -> list[Outgoing]:
        assessments = assessor.assess_many([ReportText(received.event.text) for received in batch])
        return [out for received, found in zip(batch, assessments, strict=True) for out in outputs_of(received, found)]

    with broker() as servers:
        await create_topics(servers, TOPICS)
        await fill(servers, REPORTS, [(report.report_id, report) for report in reports])

        async def ours(batch: int) -> float:
            await fresh(servers, ASSESSED, SIGNALS)
            return await run_batch_stage(
                servers, REPORTS, lambda producer: ReportsStage(assessor, producer).handle, RECORDS, batch
            )

        async def bare(batch: int) -> float:
            await fresh(servers, ASSESSED, SIGNALS)
            return await run_bare_at_least_once(servers, REPORTS, transform, RECORDS, batch)

        async def copying(batch: int) -> float:
            await fresh(servers, ASSESSED, SIGNALS)
            return await run_bare_at_least_once(servers, REPORTS, copy_to(ASSESSED), RECORDS, batch)

        await compare(
            "assess reports", "bare loop with the same assessor, all acknowledged, then committed", ours, bare
        )
        await compare(
            "assess reports, to copying", "bare loop that only copies, all acknowledged, then committed", ours, copying
        )


if __name__ == "__main__":
    asyncio.run(main())
