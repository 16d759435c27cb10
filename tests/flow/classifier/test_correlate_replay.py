"""`hejnal classifier replay` gives what the service gives: the same log in batches, with crashes, rebalances and ticks in between."""

import random
from datetime import timedelta
from typing import Any

import pytest

from services.classifier.assess.core.assessor import ReportText
from services.classifier.assess.core.signals import signal_of
from services.classifier.assess.starting import FullTierMode, FullTierSettings, start_assessor
from services.classifier.correlate.flow import Cities
from services.classifier.replay import ReportLine, _report, replay, replay_line
from shared.events import AlertChanged, SignalOrDecision
from tests.bench.pairs import found_in
from tests.classifier_builders import przemysl
from tests.flow.classifier.test_correlate_fold import fold, restored, snapshots, stage
from tests.scenarios.generator import Evening, calm, family, storm
from tests.scenarios.pairs import count_pairs

assert replay


def signals_of(evening: Evening) -> list[SignalOrDecision]:
    """As assess puts them into the city's log."""
    assessor, found = start_assessor(przemysl(), FullTierSettings(FullTierMode.OFF)).assessor, []
    for line in sorted(map(replay_line.validate_python, evening.lines), key=lambda line: (line.received_at, line.id)):
        assert isinstance(line, ReportLine)
        report = _report(line, "przemysl")
        signal = signal_of(report, assessor.assess(ReportText(report.text, report.language, report.category_hint)))
        found += [signal] if signal is not None else []
    return found


def served(log: list[SignalOrDecision], chance: random.Random) -> list[AlertChanged]:
    """The newest snapshot of each alert, from a service that dies, is rebalanced, gets records again and ticks when it likes."""
    state: Cities = {}
    written: list[AlertChanged] = []
    begin = 0
    while begin < len(log):
        end = begin + chance.randint(1, 40)
        batch = log[begin:end]
        written += snapshots(fold(stage(), state, [*batch, *chance.sample(batch, min(2, len(batch)))]))
        if chance.random() < 0.4:
            until = log[end].received_at if end < len(log) else batch[-1].received_at
            written += snapshots(stage().tick(state, until - timedelta(milliseconds=1) * chance.randint(1, 1000)))
        if chance.random() < 0.3:
            state = restored(stage(), written)
        begin = end
    return list({snapshot.alert_id: snapshot for snapshot in written}.values())


def told(alert: Any) -> tuple[Any, ...]:
    return (
        alert.category,
        alert.urgency,
        alert.opened_at,
        alert.closed_at,
        [merge.model_dump() for merge in alert.suggested_merges],
        [reason.model_dump() for reason in alert.reasons],
    )


@pytest.mark.parametrize("make", [calm, storm])
def test_replay_gives_what_the_service_gives(make: Any) -> None:
    evening = make(family("development"), 3)
    replayed = {alert.alert_id: alert for alert in found_in(evening)}
    service = {alert.alert_id: alert for alert in served(signals_of(evening), random.Random(7))}
    assert service.keys() == replayed.keys()
    assert {key: told(alert) for key, alert in service.items()} == {key: told(alert) for key, alert in replayed.items()}


def test_pairs_of_one_event_are_found_in_calm_and_in_a_storm() -> None:
    """On development scenarios; `python -m tests.bench.pairs` measures those that nothing was tuned on."""
    for make, least in ((calm, 0.85), (storm, 0.8)):
        evening = make(family("development"), 1)
        pairs = count_pairs(evening.truth, [alert.report_ids for alert in found_in(evening)])
        assert min(pairs.precision, pairs.recall) >= least
