"""`hejnal classifier backtest`: what other rules would have made of the same log."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.classifier.backtest import backtest, told
from services.classifier.backtest_log import duration_of
from services.classifier.commands import app
from services.classifier.replay import ReadingLine
from shared.pack import CityPack, load_pack
from tests.classifier_builders import an_id, at

CITY = Path(__file__).parents[3] / "cities" / "przemysl"
LEVELS = "{level: warning, raise_at: 380, clear_at: 365, urgency: medium}"


@cache
def present() -> CityPack:
    return load_pack(CITY, phrases=False)


def line(value: float, minutes: float, sensor: str = "san-przemysl-1") -> ReadingLine:
    moment = at(minutes * 60)
    return ReadingLine(
        type="reading",
        id=an_id(f"{sensor}-{minutes}"),
        received_at=moment,
        at=moment,
        sensor_id=sensor,
        quantity="water_level",
        value=value,
    )


RISES = [line(value, minutes) for minutes, value in enumerate((300, 375, 385, 390, 360, 300))]


def with_level(new: str) -> CityPack:
    text = (CITY / "sensors.yaml").read_text(encoding="utf-8")
    assert LEVELS in text
    return _loaded(text.replace(LEVELS, new))


def _loaded(text: str) -> CityPack:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "new.yaml"
        file.write_text(text, encoding="utf-8")
        return load_pack(CITY, phrases=False, sensors=file)


@pytest.mark.parametrize(
    ("level", "appear", "vanish", "change"),
    [
        (LEVELS, 0, 0, []),
        (LEVELS.replace("raise_at: 380", "raise_at: 400"), 0, 1, []),
        (LEVELS.replace("raise_at: 380", "raise_at: 370"), 0, 0, [("opened_at",)]),
        (LEVELS.replace("urgency: medium", "urgency: high"), 0, 0, [("urgency",)]),
    ],
    ids=["same", "vanish", "earlier", "more-urgent"],
)
def test_it_says_which_alerts_differ_and_how(level: str, appear: int, vanish: int, change: list[Any]) -> None:
    result = backtest(present(), with_level(level), RISES)
    assert (len(result.appear), len(result.vanish)) == (appear, vanish)
    assert [one.what for one in result.change] == change
    assert result.before == 1
    assert f"{vanish} vanish" in told(result, 3)


def test_what_only_the_new_rules_see_appears() -> None:
    quiet = [line(value, minutes) for minutes, value in enumerate((300, 372, 300))]
    result = backtest(present(), with_level(LEVELS.replace("raise_at: 380", "raise_at: 370")), quiet)
    (alert,) = result.appear
    assert alert.sensor_ids == ("san-przemysl-1",)
    assert "san-przemysl-1" in told(result, 1)


@pytest.fixture
def new_rules(tmp_path: Path) -> Path:
    file = tmp_path / "new.yaml"
    text = (CITY / "sensors.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace(LEVELS, LEVELS.replace("raise_at: 380", "raise_at: 400")), encoding="utf-8")
    return file


def test_the_command_reads_a_log_and_answers_in_words_or_json(new_rules: Path) -> None:
    log = "".join(one.model_dump_json(by_alias=False) + "\n" for one in RISES)
    words = CliRunner().invoke(app, ["backtest", "-", "--rules", str(new_rules), "--since", "1m"], input=log)
    assert (words.exit_code, "2 lines" not in words.stdout) == (0, False), words.output
    answer = CliRunner().invoke(app, ["backtest", "-", "--rules", str(new_rules), "--json"], input=log + "{}\n")
    found = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert "line 7" in answer.stderr
    assert [alert["sensor_ids"] for alert in found["vanish"]] == [["san-przemysl-1"]]


@pytest.mark.parametrize("more", [["--rules", "nowhere.yaml"], ["--rules", str(CITY), "--since", "soon"], []])
def test_wrong_use_is_said(more: list[str]) -> None:
    assert CliRunner().invoke(app, ["backtest", "-", *more], input="").exit_code == 2


def test_rules_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text("sensors: [{id: 5}]\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["backtest", "-", "--rules", str(file)], input="")
    assert result.exit_code == 1
    assert "new.yaml:1:11: /sensors/0" in result.stderr


def test_durations() -> None:
    assert duration_of("30d").days == 30
    assert duration_of("90m").total_seconds() == 5400
    with pytest.raises(ValueError, match="no duration"):
        duration_of("later")
