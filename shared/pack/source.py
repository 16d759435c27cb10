"""A YAML file that remembers where each of its values stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml import CSafeLoader, MappingNode, MarkedYAMLError, Node, ScalarNode, SequenceNode, YAMLError

LARGEST_FILE_BYTES = 4_000_000


class _Yaml12(CSafeLoader):
    """libyaml's parser with the core schema of YAML 1.2: 22:00 is a text and not 1,320, and `no` is not false."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 — PyYAML's way


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", "-+.0123456789"),
):
    _Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a pack, and where. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    pointer: str
    reason: str
    advice: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.pointer or '/'}: {self.reason} — {self.advice}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a value, before it is known in which line the value stands."""

    file: str
    path: Sequence[int | str]
    reason: str
    advice: str


class PackError(Exception):
    """The pack cannot be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Source:
    """`file` is relative to the pack; `root` is None when the file could not be read."""

    file: str
    data: Any
    root: Node | None

    def problem(self, path: Sequence[int | str], reason: str, advice: str) -> Problem:
        """Return a problem at the value that `path` leads to, as far as the file has it."""
        node, known = _follow(self.root, path)
        line, column = (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)
        return Problem(self.file, line, column, "".join(f"/{_escaped(step)}" for step in known), reason, advice)


def read_source(directory: Path, file: str) -> Source:
    """Read one file of the pack. Raises PackError when it is missing, too large, not UTF-8 or not YAML."""
    try:
        raw = (directory / file).read_bytes()
        if len(raw) > LARGEST_FILE_BYTES:
            raise _unreadable(file, f"larger than {LARGEST_FILE_BYTES} bytes", "split it or remove what is not needed")
        return _parse(file, raw.decode("utf-8"))
    except FileNotFoundError as error:
        raise _unreadable(file, "missing", "create it (docs/guides/city-pack.md shows how)") from error
    except UnicodeDecodeError as error:
        raise _unreadable(file, f"not UTF-8 at byte {error.start}", "save it as UTF-8") from error
    except OSError as error:
        raise _unreadable(file, f"cannot be read ({error.strerror})", "check that it is a readable file") from error


def _parse(file: str, text: str) -> Source:
    try:
        loader = _Yaml12(text)
        root = loader.get_single_node()
        _refuse_repeated_keys(root)
        data = loader.construct_document(root) if root is not None else None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        reason = " ".join(str(error.problem or error.context or "not YAML").split())
        raise PackError([Problem(file, line, column, "", reason, "correct the YAML here")]) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise _unreadable(file, f"not YAML ({type(error).__name__})", "correct the YAML") from error
    return Source(file, data, root)


def _refuse_repeated_keys(node: Node | None) -> None:
    """PyYAML would keep the last one and say nothing."""
    if isinstance(node, SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item)
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value in seen:
                raise MarkedYAMLError(problem=f'found duplicate key "{key.value}"', problem_mark=key.start_mark)
            seen.add(str(key.value))
            _refuse_repeated_keys(value)


def _unreadable(file: str, reason: str, advice: str) -> PackError:
    return PackError([Problem(file, 1, 1, "", reason, advice)])


def _follow(root: Node | None, path: Sequence[int | str]) -> tuple[Node | None, list[int | str]]:
    """Walk down as far as the file goes. Steps that it lacks (a missing key, the tag of a union) are skipped over."""
    node, known = root, list[int | str]()
    for step in path:
        below = _child(node, step)
        if below is not None:
            node = below
            known.append(step)
    return node, known


def _child(node: Node | None, step: int | str) -> Node | None:
    if isinstance(node, SequenceNode) and isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    if isinstance(node, MappingNode):
        return next(
            (value for key, value in node.value if isinstance(key, ScalarNode) and key.value == str(step)), None
        )
    return None


def _escaped(step: int | str) -> str:
    """RFC 6901."""
    return str(step).replace("~", "~0").replace("/", "~1")
