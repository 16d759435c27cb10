"""`python -m tests.bench.pairs [--mistakes]`: pairs of reports of one event, found by replay, on scenarios whose truth is known."""

import sys
from collections import Counter
from collections.abc import Callable
from time import process_time

from services.classifier.replay import ReplayedAlert, replay, replay_line
from tests.bench.lines import print_bench
from tests.classifier_builders import przemysl
from tests.scenarios.generator import Evening, Family, calm, dispatch, family, storm
from tests.scenarios.pairs import Pairs, count_pairs

KINDS: dict[str, tuple[str, Callable[[Family, int], Evening], float]] = {
    "development, calm": ("development", calm, 0.9),
    "development, storm": ("development", storm, 0.8),
    "held out, calm": ("held_out", calm, 0.9),
    "held out, storm": ("held_out", storm, 0.8),
    "dispatch far away": ("dispatch", dispatch, 0.9),
}
SEEDS = range(6)


def found_in(evening: Evening) -> list[ReplayedAlert]:
    return replay(przemysl(), [replay_line.validate_python(line) for line in evening.lines])


def main() -> None:
    wanted = [name for name in KINDS if not (asked := [a for a in sys.argv[1:] if a[0] != "-"]) or name in asked]
    for name in wanted:
        kinds, make, goal = KINDS[name]
        total, began, alerts, events = Pairs(), process_time(), 0, 0
        for seed in SEEDS:
            evening = make(family(kinds), seed)
            found = found_in(evening)
            total += count_pairs(evening.truth, [alert.report_ids for alert in found])
            alerts, events = alerts + len(found), events + len(set(evening.truth.values()))
            if "--mistakes" in sys.argv:
                tell_mistakes(evening, found)
        print_bench(
            f"pairs: {name}",
            round(min(total.precision, total.recall), 3),
            "the lesser of precision and recall",
            "goal",
            goal,
            precision=round(total.precision, 3),
            recall=round(total.recall, 3),
            alerts=alerts,
            events=events,
            seconds=round(process_time() - began, 1),
        )


def tell_mistakes(evening: Evening, found: list[ReplayedAlert]) -> None:
    """Events in pieces with the texts that fell off, and alerts of several events."""
    texts = {line["id"]: line for line in evening.lines}
    of_report = {report: alert for alert in found for report in alert.report_ids}
    for event in dict.fromkeys(evening.truth.values()):
        reports = [report for report, one in evening.truth.items() if one == event]
        pieces = Counter(of_report[r].alert_id if r in of_report else "-" for r in reports)
        if len(pieces) > 1:
            main_one = pieces.most_common(1)[0][0]
            print(f"\n{event}: {len(reports)} reports in {len(pieces)} pieces {sorted(pieces.values())}")
            for r in [r for r in reports if r not in of_report or of_report[r].alert_id != main_one][:6]:
                alert = of_report.get(r)
                print(
                    "   off:",
                    alert and alert.category,
                    texts[r]["received_at"][11:19],
                    "lat" in texts[r],
                    texts[r]["text"],
                )
            first = next((r for r in reports if r in of_report and of_report[r].alert_id == main_one), None)
            print("  main:", first and (of_report[first].category, texts[first]["text"]))
    for alert in found:
        events = Counter(evening.truth[r] for r in alert.report_ids)
        if len(events) > 1:
            print(f"\nmixed {alert.category}: {dict(events)}")
            for event in list(events)[:4]:
                r = next(r for r in alert.report_ids if evening.truth[r] == event)
                print("   ", event, texts[r]["received_at"][11:19], "lat" in texts[r], texts[r]["text"])


if __name__ == "__main__":
    main()
