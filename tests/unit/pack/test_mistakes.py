"""Every mistake that a pack may hold is named with its file, its line and its reason."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.pack import PackError, Problem, load_pack

Spoil = Callable[[str, str, str], list[Problem]]

MISTAKES = {
    # name: (file, old, new, part of the line the problem points at, part of the reason)
    "unknown key": ("city.yaml", "country: PL", "country: PL\ncolour: red", "colour", "unknown key `colour`"),
    "missing key": ("city.yaml", "country: PL\n", "", "id: przemysl", "missing `country`"),
    "unknown time zone": ("city.yaml", "Europe/Warsaw", "Europe/Przemysl", "Europe/Przemysl", "no time zone"),
    "wrong type": ("city.yaml", "publish_recipients: 5000", "publish_recipients: many", "many", "valid integer"),
    "latitude out of the world": (
        "places.yaml",
        "lat: 49.7822",
        "lat: 149.7822",
        "149.7822",
        "less than or equal to 90",
    ),
    "not a number": ("sensors.yaml", "raise_at: 380", "raise_at: .nan", ".nan", "finite number"),
    "unknown category": ("sensors.yaml", "category: flood", "category: floods", "floods", "not `floods`"),
    "unknown urgency": ("sensors.yaml", "urgency: medium", "urgency: soon", "soon", "not `soon`"),
    "unknown channel": (
        "routing.yaml",
        "channels: [sms, email, app]",
        "channels: [sms, pigeon, app]",
        "pigeon",
        "not `pigeon`",
    ),
    "unknown rule type": ("sensors.yaml", "type: threshold", "type: treshold", "treshold", "does not match"),
    "unknown category of a phrase": ("phrases/pl.yaml", "category: fire", "category: fires", "fires", "not `fires`"),
    "unknown language": ("texts/pl.yaml", "language: pl", "language: de", "language: de", "not `de`"),
    "duplicate key": ("city.yaml", "country: PL", "country: PL\ncountry: PL", "country: PL", "duplicate key"),
    "broken YAML": ("city.yaml", "languages: [pl, uk, en]", "languages: [pl, uk, en", "centre:", "expected"),
    "duplicate district": (
        "city.yaml",
        "- id: mickiewicza",
        "- id: stare-miasto",
        "- id: stare-miasto",
        "is taken by item 0",
    ),
    "duplicate place": ("places.yaml", "- id: plac-na-bramie", "- id: rynek", "- id: rynek", "is taken by item 0"),
    "duplicate sensor": (
        "sensors.yaml",
        "quantity: pm2_5",
        "quantity: pm10",
        "- id: air-grunwaldzka-1",
        "is taken by item",
    ),
    "duplicate rule": ("sensors.yaml", "id: san-level", "id: san-range", "id: san-range", "is taken by item 0"),
    "duplicate team": (
        "routing.yaml",
        "- id: crisis-deputy",
        "- id: crisis-centre",
        "- id: crisis-centre",
        "is taken by item 0",
    ),
    "duplicate phrase id": (
        "phrases/pl.yaml",
        "id: fire.house",
        "id: fire.word",
        "id: fire.word",
        "is taken by item 0",
    ),
    "thresholds not ascending": (
        "sensors.yaml",
        "raise_at: 570",
        "raise_at: 370",
        "raise_at: 370",
        "is not beyond 380",
    ),
    "levels out of order": (
        "sensors.yaml",
        "level: warning, raise_at: 380",
        "level: alarm, raise_at: 380",
        "raise_at: 570",
        "after alarm",
    ),
    "less urgent when worse": (
        "sensors.yaml",
        "clear_at: 550, urgency: high",
        "clear_at: 550, urgency: low",
        "clear_at: 550",
        "is below medium",
    ),
    "clears above the raise level": (
        "sensors.yaml",
        "clear_at: 365",
        "clear_at: 385",
        "clear_at: 385",
        "would clear while it is raised",
    ),
    "clears below the raise level": (
        "sensors.yaml",
        "clear_at: 3.0",
        "clear_at: 2.4",
        "clear_at: 2.4",
        "would clear while it is raised",
    ),
    "range upside down": (
        "sensors.yaml",
        "least: -50, most: 1200",
        "least: 1200, most: -50",
        "least: 1200",
        "is not below most",
    ),
    "level out of the range": ("sensors.yaml", "most: 1200", "most: 500", "raise_at: 570", "outside of the range"),
    "unknown kind": ("sensors.yaml", "kind: river_gauge", "kind: river_gouge", "river_gouge", "unknown kind"),
    "unknown unit": ("sensors.yaml", "unit: cm", "unit: cn", "unit: cn", "unknown unit"),
    "group with an unknown sensor": (
        "sensors.yaml",
        "{sensor: wiar-krowniki-1, quantity: water_level}",
        "{sensor: wiar-krowniki-1, quantity: water_depth}",
        "{sensor: wiar-krowniki-1",
        "no sensor",
    ),
    "group that can never be": (
        "sensors.yaml",
        "raise_at: 2, clear_at: 1",
        "raise_at: 4, clear_at: 1",
        "raise_at: 4",
        "can never be reached",
    ),
    "group that asks one twice": (
        "sensors.yaml",
        "{sensor: wiar-krowniki-1, quantity: water_level}",
        "{sensor: san-przemysl-1, quantity: water_level}",
        "{sensor: san-przemysl-1",
        "stands here twice",
    ),
    "sensor far outside": (
        "sensors.yaml",
        "lat: 49.7851\n    lon: 22.7712",
        "lat: 22.7712\n    lon: 49.7851",
        "lat: 22.7712",
        "outside of the city's box",
    ),
    "place far outside": ("places.yaml", "lon: 22.7683", "lon: 23.7683", "lat: 49.7822", "outside of the city's box"),
    "centre outside": (
        "city.yaml",
        "centre: {lat: 49.7838",
        "centre: {lat: 50.7838",
        "centre:",
        "outside of the city's boundary",
    ),
    "place form unreadable": ("places.yaml", '- "rynek"', '- "(rynek"', "(rynek", "`)` is missing"),
    "ring not closed": (
        "city.yaml",
        "- [22.7635, 49.8082]\n\n",
        "- [22.7600, 49.8000]\n\n",
        "- - [22.7635",
        "not closed",
    ),
    "ring too short": (
        "city.yaml",
        "outline:\n    type: Polygon\n    coordinates:",
        "outline:\n    type: Polygon\n    coordinates: [[[22.7, 49.8], [22.8, 49.8], [22.7, 49.8]]]\n    x:",
        "[[22.7, 49.8]",
        "at least 4 items",
    ),
    "area neither circle nor outline": (
        "city.yaml",
        "area: {centre: {lat: 49.7818, lon: 22.7682}, radius_m: 550,",
        "area: {radius_m: 550,",
        "area: {radius_m",
        "either an `outline`",
    ),
    "route to an unknown team": ("routing.yaml", "{team: water,", "{team: waters,", "waters", "unknown team `waters`"),
    "escalation to an unknown team": (
        "routing.yaml",
        "teams: [crisis-centre, crisis-deputy]",
        "teams: [crisis-centre, nobody]",
        "nobody",
        "unknown team `nobody`",
    ),
    "escalations out of order": (
        "routing.yaml",
        "after_s: 300",
        "after_s: 60",
        "after_s: 60",
        "is not later than step 2",
    ),
    "escalation steps misnumbered": (
        "routing.yaml",
        "step: 2, after_s: 120",
        "step: 4, after_s: 120",
        "step: 4",
        "stands in place 2",
    ),
    "first step late": ("routing.yaml", "step: 1, after_s: 0", "step: 1, after_s: 5", "after_s: 5", "not at once"),
    "nobody told by email": (
        "routing.yaml",
        "least_urgency: high, channels: [sms, email, app]",
        "least_urgency: high, channels: [sms, app]",
        "- {team: crisis-centre",
        "reaches nobody by email",
    ),
    "delivery missing": (
        "routing.yaml",
        "    critical: {expires_after_s: 1800, most_attempts: 12",
        "    #critical: {expires_after_s: 1800, most_attempts: 12",
        "high: {expires",
        "no delivery rule for sms",
    ),
    "retries upside down": (
        "routing.yaml",
        "first_retry_s: 2, longest_retry_s: 60",
        "first_retry_s: 90, longest_retry_s: 60",
        "longest_retry_s: 60",
        "below first_retry_s",
    ),
    "scores not ascending": ("scoring.yaml", "high: 60", "high: 90", "critical: 82", "thresholds do not ascend"),
    "base points missing": ("scoring.yaml", "  gas: 40\n", "", "fire: 40", "no base points for gas"),
    "critical waits longer than high": (
        "correlation.yaml",
        "critical: 120",
        "critical: 1200",
        "critical: 1200",
        "wait longer than high",
    ),
    "phrase unreadable": ("phrases/uk.yaml", "(dom*|blok*)", "(dom*|blok*", "(dom*|blok*", "cannot be read"),
    "regex instead of a phrase": ("phrases/en.yaml", "pożar*", "po[a-z]+r", "po[a-z]+r", "cannot be read"),
    "phrase written twice": (
        "phrases/pl.yaml",
        "(dom*|blok*) .. pali* się",
        "POZAR* | dom płonie",
        "POZAR*",
        "already belongs to fire.word",
    ),
    "floor too low": ("phrases/pl.yaml", "floor: high", "floor: medium", "floor: medium", "no safety floor"),
    "category phrase without category": (
        "phrases/pl.yaml",
        "category: fire, points: 20",
        "points: 20",
        "points: 20",
        "without a category",
    ),
    "modifier without effect": ("phrases/pl.yaml", "factor: 0.1, ", "", "modifier.negation", "changes nothing"),
    "unknown placeholder": (
        "texts/pl.yaml",
        "{minutes} min [{urgency}]",
        "{hours} godz. [{urgency}]",
        "{hours}",
        "unknown placeholder `{hours}`",
    ),
    "unsafe placeholder": (
        "texts/en.yaml",
        "{city} WARNING",
        "{city.zone} WARNING",
        "{city.zone}",
        "no plain placeholder",
    ),
    "lone brace": ("texts/en.yaml", "{city} WARNING", "{city WARNING", "{city WARNING", "brace"),
    "unknown purpose": (
        "texts/en.yaml",
        "    all_clear: {body",
        "    allclear: {body",
        "allclear",
        "unknown purpose `allclear`",
    ),
    "missing language fallback": (
        "texts/pl.yaml",
        "    all_clear: {body",
        "    #all_clear: {body",
        "alert: {body",
        "no sms template for `all_clear`",
    ),
    "missing name": ("texts/uk.yaml", "  gas: газ або чадний газ\n", "", "fire: пожежа", "no name for `gas`"),
    "subject of a text message": (
        "texts/pl.yaml",
        "alert: {body:",
        "alert: {subject: a, body:",
        "alert: {subject",
        "has no subject",
    ),
    "file of another language": ("texts/uk.yaml", "language: uk", "language: en", "language: en", "holds `en`"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_file_line_and_reason(mistake: str, problems_after: Spoil, pack_dir: Path) -> None:
    file, old, new, at, reason = MISTAKES[mistake]
    problems = problems_after(file, old, new)
    assert problems, f"nothing was found wrong with: {mistake}"
    shown = "\n".join(map(str, problems))
    own = [problem for problem in problems if problem.file == file and reason in problem.reason]
    assert own, shown
    line = (pack_dir / file).read_text(encoding="utf-8").splitlines()[own[0].line - 1]
    assert at in line, f"points at {line!r}\n{shown}"
    assert all(f"{problem.file}:{problem.line}:{problem.column}: " in str(problem) for problem in problems)
    assert all(problem.advice for problem in problems)


def test_all_problems_are_named_at_once(problems_after: Spoil) -> None:
    problems_after("city.yaml", "country: PL", "country: Poland")
    problems = problems_after("scoring.yaml", "  gas: 40", "  gas: 400")
    assert {problem.file for problem in problems} == {"city.yaml", "scoring.yaml"}


def test_a_language_of_the_city_without_its_files_is_named(pack_dir: Path) -> None:
    (pack_dir / "texts" / "uk.yaml").unlink()
    (pack_dir / "phrases" / "uk.yaml").unlink()
    with pytest.raises(PackError) as caught:
        load_pack(pack_dir)
    assert [problem.reason for problem in caught.value.problems] == [
        "the language `uk` has no phrases/uk.yaml",
        "the language `uk` has no texts/uk.yaml",
    ]


def test_a_missing_file_is_named(pack_dir: Path) -> None:
    (pack_dir / "routing.yaml").unlink()
    with pytest.raises(PackError, match=r"routing.yaml:1:1: /: missing"):
        load_pack(pack_dir)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"42", b"\xff\xfe\x00", b"a: &a [*a]", b"- " * 5000, b"\t\tx: 1", b"!!python/object:os.system {}"],
)
def test_any_other_content_is_a_problem_and_never_a_crash(content: bytes, pack_dir: Path) -> None:
    (pack_dir / "scoring.yaml").write_bytes(content)
    with pytest.raises(PackError) as caught:
        load_pack(pack_dir)
    assert all(problem.file == "scoring.yaml" for problem in caught.value.problems)
