"""What a local Kafka runs from: a Java, Kafka's jars by Maven, and an archive of its classes that halves the start."""

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hejnal.stack.home import Home
from hejnal.stack.java import ensure_java

__all__ = ["KafkaRuntime", "NoKafka", "ensure_runtime"]


class NoKafka(RuntimeError):
    """Kafka's jars could not be installed."""


@dataclass(frozen=True, slots=True)
class KafkaRuntime:
    java: Path
    jars: tuple[Path, ...]
    class_archive: Path
    log_level: str = "warn"

    def command(self, main: str, *arguments: str, heap_mb: int = 128, jvm: tuple[str, ...] = ()) -> list[str]:
        """The command line of one of Kafka's main classes, tuned for a quick start and little memory.

        The class path is spelled out in a fixed order: the archive of classes is only good for the class path it was made with.
        """
        archive = (f"-XX:SharedArchiveFile={self.class_archive}", "-Xshare:auto") if self.class_archive.exists() else ()
        return [
            str(self.java),
            f"-Xmx{heap_mb}m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            *(jvm or archive),
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            f"-Dorg.slf4j.simpleLogger.defaultLogLevel={self.log_level}",
            "-cp",
            ":".join(str(jar) for jar in self.jars),
            main,
            *arguments,
        ]


def ensure_runtime(home: Home | None = None) -> KafkaRuntime:
    """The runtime under `.local/kafka`, installed when it is not there.

    Raises:
        NoJava: there is no Java to be had.
        NoKafka: Maven is missing or could not fetch the jars.
    """
    home = home or Home.find()
    folder = home.kafka_runtime.resolve()  # the archive of classes is bound to the paths of the jars
    folder.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder):
        java = ensure_java(folder)
        jars = _ensure_jars(home.root / "deploy" / "kafka" / "pom.xml", folder / "lib")
        return KafkaRuntime(java, jars, _archive_of(java, jars, folder))


def _ensure_jars(pom: Path, lib: Path) -> tuple[Path, ...]:
    stamp = lib / f".{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if not stamp.exists():
        shutil.rmtree(lib, ignore_errors=True)
        _copy_dependencies(pom, lib)
        stamp.touch()
    return tuple(sorted(lib.glob("*.jar")))


def _copy_dependencies(pom: Path, lib: Path) -> None:
    copy = ["mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies"]
    try:
        done = subprocess.run(
            [*copy, "-DincludeScope=runtime", f"-DoutputDirectory={lib}"], capture_output=True, text=True, check=False
        )
    except FileNotFoundError as missing:
        raise NoKafka("Maven (mvn) is not installed: run `make install`") from missing
    if done.returncode != 0:
        raise NoKafka(f"Maven could not fetch Kafka's jars:\n{done.stdout.strip()[-2000:]}")


def _archive_of(java: Path, jars: tuple[Path, ...], folder: Path) -> Path:
    """Where the class archive of exactly this Java and these jars is, or would be. Absent is slower, never wrong."""
    identity = "|".join([str(java.resolve()), *(f"{jar}:{jar.stat().st_size}" for jar in jars)])
    return folder / f"classes-{hashlib.sha256(identity.encode()).hexdigest()[:12]}.jsa"


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
