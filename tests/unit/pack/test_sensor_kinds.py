"""The kinds of sensors that every city has."""

from pathlib import Path

import pytest

from shared.pack import Sensor, load_pack
from shared.pack.sensor_checks import check_sensors
from shared.pack.sensor_kinds import kinds, with_kinds
from shared.pack.sensors import SensorKind
from tests.classifier_builders import przemysl

HERE = {"id": "one", "names": {"pl": "Jeden", "uk": "Один", "en": "One"}, "lat": 49.78, "lon": 22.77}


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_is_whole_and_a_city_can_use_it_as_it_is(kind: str) -> None:
    SensorKind.model_validate(kinds()[kind])
    (data,) = with_kinds({"sensors": [HERE | {"kind": kind}]})["sensors"]
    sensor = Sensor.model_validate(data)
    pack = przemysl().model_copy(update={"sensors": (sensor,), "sensor_groups": ()})
    assert list(check_sensors(pack)) == []


def test_what_a_sensor_says_itself_counts() -> None:
    own = {"type": "range", "id": "level-range", "least": 0, "most": 10}
    (data,) = with_kinds({"sensors": [HERE | {"kind": "river_gauge", "silent_after_s": 5, "rules": [own]}]})["sensors"]
    sensor = Sensor.model_validate(data)
    assert sensor.silent_after_s == 5
    assert sensor.unit == "cm"
    assert [rule.id for rule in sensor.rules].count("level-range") == 1
    assert sensor.ranges[0].most == 10
    assert len(sensor.rules) == len(kinds()["river_gauge"]["rules"])


def test_another_file_can_stand_in_for_the_citys_sensors(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text("sensors: []\n", encoding="utf-8")
    city = Path(__file__).parents[3] / "cities" / "przemysl"
    assert load_pack(city, phrases=False, sensors=file).sensors == ()
    assert load_pack(city, phrases=False).sensors != ()
