"""The page's types are what the console says of itself."""

import os
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"


def test_the_page_was_built_for_the_console_that_is_there() -> None:
    """`npm run types` writes the file anew."""
    checked = subprocess.run(
        ["node", "types.mjs", "--check"], cwd=WEB, env={**os.environ, "PYTHON": sys.executable},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
