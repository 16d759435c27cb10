"""Small JSON files of the local stack, written whole or not at all and readable by their owner alone."""

import json
import os
import tempfile
from pathlib import Path

from pydantic import JsonValue

__all__ = ["read_json", "write_json"]


def read_json(path: Path) -> dict[str, JsonValue]:
    """The object in the file; empty when there is no file. Raises ValueError when it is not a JSON object."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    if not isinstance(found, dict):
        raise ValueError(f"{path} does not hold a JSON object")  # noqa: TRY004 — the file is wrong, not the caller
    return found


def write_json(path: Path, content: object) -> None:
    """Mode 0600 from the first byte on; a reader sees the old content or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, indent=2, ensure_ascii=False)
        file.write("\n")
    Path(name).replace(path)
