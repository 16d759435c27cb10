"""`python -m hejnal.stack.kafka_install` fetches what a local Kafka needs; a second run finds it there and does nothing."""

import tempfile
from pathlib import Path

from hejnal.stack.home import Home
from hejnal.stack.kafka import KafkaNode
from hejnal.stack.kafka_runtime import KafkaRuntime, ensure_runtime
from hejnal.stack.ports import free_ports

__all__ = ["install"]


def install(home: Home | None = None) -> KafkaRuntime:
    """Java, jars and the archive of classes; raises NoJava or NoKafka."""
    runtime = ensure_runtime(home)
    tried = runtime.class_archive.with_suffix(
        ".tried"
    )  # the wheel's Java writes none, and would be tried at every start
    if not runtime.class_archive.exists() and not tried.exists():
        _archive_classes(runtime)
        tried.touch()
    return runtime


def _archive_classes(runtime: KafkaRuntime) -> None:
    """Runs a throw-away broker once, which writes its loaded classes down as it ends."""
    with tempfile.TemporaryDirectory(prefix="hejnal-classes-", dir=runtime.class_archive.parent) as folder:
        written = Path(folder) / "classes.jsa"
        port, controller_port = free_ports(2)
        node = KafkaNode(runtime, Path(folder), port, controller_port, jvm=(f"-XX:ArchiveClassesAtExit={written}",))
        node.start()
        node.stop()
        if written.exists():
            written.replace(runtime.class_archive)


def main() -> None:
    runtime = install()
    archived = "with" if runtime.class_archive.exists() else "without"
    print(f"Kafka: {len(runtime.jars)} jars, {runtime.java}, {archived} an archive of its classes")


if __name__ == "__main__":
    main()
