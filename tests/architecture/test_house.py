"""The rules of the house, held by a machine: who may import whom, how long things may be, what names are not used."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("services", "shared", "hejnal", "sandbox")
LONGEST_FUNCTION = 40
LONGEST_FILE = 400
WITH_A_REASON = {
    "make_classifier": "the composition root: one wiring after the other",
    "snapshot_of": "one field a line, from our state to the record",
    "alert_of": "one field a line, from the record to our state",
}
ATTICS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base_classes"}


def sources() -> list[Path]:
    return [path for room in CODE for path in sorted((ROOT / room).rglob("*.py")) if "versions" not in path.parts]


def functions() -> Iterator[tuple[str, int]]:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = [part for part in node.body if not is_docstring(part)]
                first = body[0].lineno if body else node.lineno
                nested = [
                    part
                    for part in ast.walk(node)
                    if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part is not node
                ]
                inside = {line for part in nested for line in range(part.lineno, (part.end_lineno or part.lineno) + 1)}
                own = set(range(first, (node.end_lineno or first) + 1)) - inside
                if node.name not in WITH_A_REASON:
                    yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", len(own)


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout.splitlines()


def test_the_arrows_of_the_architecture_hold() -> None:
    """import-linter's contracts in pyproject.toml."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_functions_are_short() -> None:
    """Past 40 lines one asks for a reason; half of them are at most seven."""
    lengths = dict(functions())
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= 7


def test_files_hold_one_thing() -> None:
    """No file over 400 lines."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_nothing_is_called_utils() -> None:
    """A file is named by the decision or thing in it."""
    assert [str(path) for path in sources() if path.stem in ATTICS or path.parent.name in ATTICS] == []


def test_every_service_has_the_same_rooms() -> None:
    """A newcomer who knows one service knows all."""
    for service in ("ingest", "classifier", "notifier", "console"):
        folder = ROOT / "services" / service
        for room in ("__main__.py", "app.py", "settings.py", "metrics.py", "commands.py"):
            assert (folder / room).is_file(), f"{service} has no {room}"
        stories = list(folder.glob("flow.py")) + list(folder.glob("*/flow.py"))
        assert stories, f"{service} tells no story"
        assert list(folder.glob("**/core")), f"{service} decides nowhere"


def test_cores_never_ask_the_clock() -> None:
    """Time is an argument, and so is randomness."""
    asking = re.compile(r"datetime\.now\(|time\.time\(|utcnow\(|monotonic\(|random\.|secrets\.|uuid4\(")
    guilty = [
        str(path.relative_to(ROOT))
        for path in sources()
        if "core" in path.parts and asking.search(path.read_text("utf-8"))
    ]
    assert guilty == []


def test_no_committed_file_holds_a_registry_address_or_a_machines_path() -> None:
    """Locks install anywhere, and nobody's home is in the repository."""
    lock = json.loads((ROOT / "web/package-lock.json").read_text("utf-8"))
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert "://" not in (ROOT / name).read_text("utf-8")
    path = re.compile(r"(?<![\w.:/$}])/(?:work|root|home/\w+)/")
    texts = [
        name
        for name in tracked()
        if Path(name).suffix in {".py", ".md", ".yml", ".yaml", ".toml", ".sh", ".ts", ".svelte", ".json"}
    ]
    guilty = [name for name in texts if (ROOT / name).is_file() and path.search((ROOT / name).read_text("utf-8"))]
    assert [name for name in guilty if name != "tests/architecture/test_house.py"] == []


def test_pinned_requirements_carry_hashes() -> None:
    """What is installed is what was looked at."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8")
        packages = re.findall(r"^[a-z0-9][^\n]*==", text, re.MULTILINE)
        assert packages
        assert text.count("--hash=sha256:") >= len(packages)
