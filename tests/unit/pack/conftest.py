"""A copy of Przemyśl's pack that a test may spoil in one place."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.pack import PackError, Problem, load_pack

PRZEMYSL = Path(__file__).parents[3] / "cities" / "przemysl"
SMALL_BOOK = """language: {language}
rules:
  - {{id: fire.word, category: fire, points: 20, phrase: "pożar*"}}
  - {{id: fire.house, category: fire, points: 40, floor: high, phrase: "(dom*|blok*) .. pali* się"}}
modifiers:
  - {{id: modifier.negation, kind: negation, scope: following, factor: 0.1, phrase: nie}}
"""


@pytest.fixture
def pack_dir(tmp_path: Path) -> Path:
    """Przemyśl's pack with short phrase books and two places, so that a test is quick."""
    directory = tmp_path / "city"
    shutil.copytree(PRZEMYSL, directory)
    for language in ("pl", "uk", "en"):
        (directory / "phrases" / f"{language}.yaml").write_text(SMALL_BOOK.format(language=language), encoding="utf-8")
    places = (directory / "places.yaml").read_text(encoding="utf-8")
    (directory / "places.yaml").write_text(places[: places.index("  - id: plac-niepodleglosci")], encoding="utf-8")
    return directory


@pytest.fixture
def problems_after(pack_dir: Path) -> Callable[[str, str, str], list[Problem]]:
    """Return what loading says after `old` was replaced by `new` in `file` (the first time it stands there)."""

    def spoil(file: str, old: str, new: str) -> list[Problem]:
        path = pack_dir / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        try:
            load_pack(pack_dir)
        except PackError as error:
            return list(error.problems)
        return []

    return spoil
