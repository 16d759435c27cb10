"""`python -m tests.bench.assess`: the reports' stage against a bare at-least-once loop."""

import asyncio
import json
from pathlib import Path

from services.classifier.assess.core.phrase_assessor import PhraseAssessor
from services.classifier.assess.flow import ReportsStage
from shared.kafka.administration import create_topics
from shared.topics import ASSESSED, REPORTS, SIGNALS, TOPICS
from tests.bench.classify_stages import compare, fill, fresh, run_bare_at_least_once, run_batch_stage
from tests.classifier_builders import a_report, przemysl
from tests.kafka import broker

RECORDS = 10_000


def texts() -> list[str]:
    lines = (Path(__file__).parents[1] / "unit" / "classifier" / "texts.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


async def main() -> None:
    known = texts()
    reports = [a_report(str(number), f"{known[number % len(known)]} {number}") for number in range(RECORDS)]
    assessor = PhraseAssessor(przemysl())
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
            return await run_bare_at_least_once(servers, REPORTS, ASSESSED, RECORDS, batch)

        await compare("assess reports", "bare consume–decode–produce–commit, one record out for each in", ours, bare)


if __name__ == "__main__":
    asyncio.run(main())
