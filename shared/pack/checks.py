"""What no single value can know: checks across the values and files of a pack. One file for each kind of mistake."""

from collections.abc import Callable, Iterator, Mapping

from shared.pack.area_checks import check_areas
from shared.pack.correlation_checks import check_correlation
from shared.pack.pack import CityPack
from shared.pack.phrase_checks import check_phrases
from shared.pack.routing_checks import check_routing
from shared.pack.sensor_checks import check_sensors
from shared.pack.source import Finding, Problem, Source
from shared.pack.text_checks import check_texts

CHECKS: tuple[Callable[[CityPack], Iterator[Finding]], ...] = (
    check_areas,
    check_sensors,
    check_correlation,
    check_routing,
    check_phrases,
    check_texts,
)


def check_pack(pack: CityPack, sources: Mapping[str, Source], *, phrases: bool = True) -> list[Problem]:
    """Return every problem, in the order of files and lines; without those of `phrases` where they were not read."""
    checks = [check for check in CHECKS if phrases or check is not check_phrases]
    findings = [finding for check in checks for finding in check(pack)]
    problems = [sources[found.file].problem(found.path, found.reason, found.advice) for found in findings]
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))
