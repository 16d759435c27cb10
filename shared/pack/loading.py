"""Read a pack from its folder: each file against its model, then all of them against one another."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.pack.checks import check_pack
from shared.pack.model import PackModel
from shared.pack.pack import FILES, LANGUAGE_MODELS, MODELS, CityPack
from shared.pack.sensor_kinds import with_kinds
from shared.pack.source import PackError, Problem, Source, read_source

Sources = dict[str, Source]


def load_pack(directory: Path, *, phrases: bool = True, sensors: Path | None = None) -> CityPack:
    """Return the city's pack. Raises PackError with every problem found, in the order of files and lines.

    `sensors` is a file that stands in for the folder's sensors.yaml.

    Without `phrases` theirs are neither read nor checked: only the classifier reads reports, and 30,000 word forms
    are most of a pack's memory.
    """
    problems: list[Problem] = []
    sources: Sources = {}
    parts: dict[str, Any] = {}
    for part, file in FILES.items():
        folder = sensors.parent if sensors and part == "sensors" else directory
        name = sensors.name if sensors and part == "sensors" else file
        parts[part] = _read(folder, name, MODELS[part], sources, problems, known_as=file)
    for part, model in LANGUAGE_MODELS.items():
        files = sorted((directory / part).glob("*.yaml")) if phrases or part != "phrases" else []
        parts[part] = {path.stem: _read(directory, f"{part}/{path.name}", model, sources, problems) for path in files}
    problems.extend(_misplaced(parts, sources))
    if problems:
        raise PackError(problems)
    return _checked(parts, sources, phrases=phrases)


def _checked(parts: dict[str, Any], sources: Sources, *, phrases: bool) -> CityPack:
    parts["sensor_groups"] = parts["sensors"].groups
    parts["sensors"] = parts["sensors"].sensors
    for part in LANGUAGE_MODELS:
        parts[part] = {book.language: book for book in parts[part].values()}
    pack = CityPack.model_construct(**parts)
    if problems := check_pack(pack, sources, phrases=phrases):
        raise PackError(problems)
    return pack


def _misplaced(parts: dict[str, Any], sources: Sources) -> list[Problem]:
    """Find files that hold another language than their name says."""
    problems = []
    for part in LANGUAGE_MODELS:
        for stem, book in parts[part].items():
            if book is not None and book.language != stem:
                reason = f"{stem}.yaml holds `{book.language}`"
                source = sources[f"{part}/{stem}.yaml"]
                problems.append(source.problem(("language",), reason, "correct the language, or rename the file"))
    return problems


def _read(  # noqa: PLR0917
    directory: Path,
    file: str,
    model: type[PackModel],
    sources: Sources,
    problems: list[Problem],
    known_as: str | None = None,
) -> Any:
    known_as = known_as or file
    try:
        source = sources[known_as] = read_source(directory, file)
        return model.model_validate(with_kinds(source.data) if known_as == FILES["sensors"] else source.data)
    except PackError as error:
        problems.extend(error.problems)
    except ValidationError as error:
        found = [_problem(sources[known_as], detail) for detail in error.errors()]
        problems.extend(sorted(found, key=lambda problem: problem.line))
    return None


_ADVICE = {
    "extra_forbidden": "remove it, or correct its spelling",
    "missing": "add it",
    "enum": "use one of these words",
    "literal_error": "use this word",
    "union_tag_invalid": "use one of these types",
    "union_tag_not_found": "add its `type`",
}


def _problem(source: Source, detail: ErrorDetails) -> Problem:
    reason = detail["msg"].removeprefix("Value error, ")
    if detail["type"] in {"extra_forbidden", "missing"}:
        reason = f"{'unknown key' if detail['type'] == 'extra_forbidden' else 'missing'} `{detail['loc'][-1]}`"
    elif not isinstance(detail["input"], dict | list):
        reason = f"{reason}, not `{detail['input']}`"
    return source.problem(detail["loc"], reason, _ADVICE.get(detail["type"], "correct the value"))
