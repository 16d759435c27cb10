"""Przemyśl's own pack is right and rich enough to work with."""

import json
from pathlib import Path

import pytest
import smsutil
from typer.testing import CliRunner

from hejnal.pack_commands import app
from shared.events.vocabulary import Category, Channel, Language, Urgency
from shared.pack import CityPack, PhraseKind, SensorLevel, fold, load_pack, render
from shared.pack.city import Area
from shared.pack.texts import PLACEHOLDERS

PRZEMYSL = Path(__file__).parents[3] / "cities" / "przemysl"
LEAVE_URL = "https://h.example/u/8Fk2LpQx"
VALUES = {
    "city": "Przemyśl",
    "text": "",
    "time": "24.11 18:05",
    "url": "https://h.example/a/8Fk2LpQx",
    "leave_url": LEAVE_URL,
    "code": "482913",
    "minutes": "15",
}


@pytest.fixture(scope="module")
def pack() -> CityPack:
    return load_pack(PRZEMYSL)


def test_the_gauge_on_the_san_has_warning_and_alarm_levels_in_centimetres(pack: CityPack) -> None:
    gauge = pack.sensor("san-przemysl-1", "water_level")
    assert gauge is not None
    assert gauge.unit == "cm"
    assert [level.level for level in gauge.thresholds[0].levels] == [SensorLevel.WARNING, SensorLevel.ALARM]
    assert pack.sensor("san-przemysl-1", "temperature") is None


@pytest.mark.parametrize("language", list(Language))
def test_each_language_has_a_serious_set_of_phrases_over_all_categories(language: Language, pack: CityPack) -> None:
    rules = pack.phrases[language].rules
    assert len(rules) >= 250
    assert {rule.category for rule in rules} >= set(Category)
    assert {modifier.kind for modifier in pack.phrases[language].modifiers} >= {"negation", "past", "exercise", "film"}
    assert all(rule.floor for rule in rules if rule.kind is PhraseKind.DANGER)


def test_the_city_knows_what_is_inside_and_where(pack: CityPack) -> None:
    assert pack.city.contains(49.7822, 22.7683)
    assert not pack.city.contains(50.0614, 19.9366)
    assert not pack.city.contains(22.7683, 49.7822)
    district = pack.city.district_at(49.7822, 22.7683)
    assert district is not None
    assert district.names.within(Language.UK, Language.PL) == "Старе Місто"
    place = pack.place_near(49.7822, 22.7683, within_m=50)
    assert place is not None
    assert place.id == "rynek"
    assert pack.place_near(50.0614, 19.9366, within_m=500) is None
    for area in (each.area for each in pack.city.districts):
        assert area.centre is not None
        assert pack.city.contains(area.centre.lat, area.centre.lon)


@pytest.mark.parametrize("urgency", [Urgency.HIGH, Urgency.CRITICAL])
@pytest.mark.parametrize("category", list(Category))
def test_every_urgent_alert_goes_out_at_once_by_every_channel(
    category: Category, urgency: Urgency, pack: CityPack
) -> None:
    first = pack.routing.steps(urgency)[0]
    assert first.after_s == 0
    told = pack.routing.told(category, urgency, first)
    assert frozenset().union(*told.values()) == set(Channel)


def test_a_critical_alert_goes_on_to_the_deputy_after_two_minutes(pack: CityPack) -> None:
    second = pack.routing.steps(Urgency.CRITICAL)[1]
    assert second.after_s == 120
    assert "crisis-deputy" in pack.routing.told(Category.FIRE, Urgency.CRITICAL, second)


def test_scores_become_urgencies_at_their_thresholds(pack: CityPack) -> None:
    found = [pack.scoring.urgency(score) for score in (0, 11.9, 12, 35, 60, 82, 100)]
    assert found == ["none", "none", "low", "medium", "high", "critical", "critical"]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("purpose", list(PLACEHOLDERS))
def test_text_messages_fit_into_two_segments_without_their_free_text(
    purpose: str, language: Language, pack: CityPack
) -> None:
    body = pack.template(Channel.SMS, purpose, language).body
    texts = pack.texts[language]
    for category in Category:
        title = texts.title(texts.categories[category], "Rynek")
        names = {"category": texts.categories[category], "place": "Rynek", "title": title}
        message = render(body, VALUES | names | {"urgency": texts.urgencies[Urgency.CRITICAL]})
        if pack.city.sms.fold_diacritics and language is not Language.UK:
            message = fold_keeping_case(message)
        assert len(smsutil.split(message).parts) <= pack.city.sms.most_segments, message


def fold_keeping_case(message: str) -> str:
    return "".join(fold(letter) if not letter.isascii() and letter.isalpha() else letter for letter in message).replace(
        "–", "-"
    )


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("purpose", ["publish", "warning", "update", "all_clear", "code"])
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_the_last_link_of_what_residents_get_leaves(
    channel: Channel, purpose: str, language: Language, pack: CityPack
) -> None:
    names = {"category": "", "place": "", "title": "", "urgency": ""}
    message = render(pack.template(channel, purpose, language).body, VALUES | names)
    assert message.strip().endswith(LEAVE_URL)


def test_values_with_braces_are_put_in_as_they_are() -> None:
    assert render("{title} {{x}}", {"title": "{url} {0}"}) == "{url} {0} {x}"


def test_an_outline_that_crosses_itself_is_repaired() -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
    area = Area.model_validate({"source": "test", "outline": bow})
    assert area.contains(1, 1.8)
    assert area.contains(1, 0.2)
    assert not area.contains(5, 5)


def test_check_says_what_a_pack_holds() -> None:
    answer = CliRunner().invoke(app, ["check", str(PRZEMYSL), "--json"])
    assert answer.exit_code == 0
    held = json.loads(answer.stdout)
    assert held["ok"]
    assert held["city"] == "przemysl"


def test_check_names_each_problem_and_fails(pack_dir: Path) -> None:
    scoring = pack_dir / "scoring.yaml"
    scoring.write_text(scoring.read_text(encoding="utf-8").replace("high: 60", "high: 90"), encoding="utf-8")
    answer = CliRunner().invoke(app, ["check", str(pack_dir)])
    assert answer.exit_code == 1
    assert "scoring.yaml:24:13: /thresholds/critical: thresholds do not ascend" in answer.stderr
    answer = CliRunner().invoke(app, ["check", str(pack_dir), "--json"])
    assert answer.exit_code == 1
    (problem,) = json.loads(answer.stdout)["problems"]
    assert (problem["file"], problem["line"]) == ("scoring.yaml", 24)


@pytest.mark.parametrize("arguments", [["check"], ["check", "nowhere"], ["check", "--what"], ["schema", "nothing"]])
def test_wrong_use_is_told_apart_from_a_wrong_pack(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_the_schema_of_every_file_is_there_for_editors() -> None:
    for part in ("city", "sensors", "phrases", "texts"):
        answer = CliRunner().invoke(app, ["schema", part])
        assert answer.exit_code == 0
        assert json.loads(answer.stdout)["type"] == "object"


def test_a_service_that_reads_no_reports_loads_no_phrases() -> None:
    """All else is the same, and checked."""
    without = load_pack(PRZEMYSL, phrases=False)
    assert without.phrases == {}
    assert without.model_copy(update={"phrases": load_pack(PRZEMYSL).phrases}) == load_pack(PRZEMYSL)
