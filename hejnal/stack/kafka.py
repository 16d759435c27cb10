"""One Kafka broker in KRaft mode from the local runtime: made, started, asked, stopped. Its records outlive it."""

import socket
import struct
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path

from hejnal.stack.kafka_runtime import KafkaRuntime

__all__ = ["BrokerDied", "KafkaNode", "answers"]


class BrokerDied(RuntimeError):
    """The broker ended or did not answer in time; the message carries its last log lines."""


@dataclass(slots=True)
class KafkaNode:
    """One broker in `folder`, which holds its records (`records/`), its properties and its log."""

    runtime: KafkaRuntime
    folder: Path
    port: int
    controller_port: int
    properties: dict[str, str] = field(default_factory=dict)
    heap_mb: int = 128
    jvm: tuple[str, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def properties_file(self) -> Path:
        return self.folder / "server.properties"

    @property
    def log_file(self) -> Path:
        return self.folder / "kafka.log"

    def command(self) -> list[str]:
        """Runs the broker in the foreground; `prepare` must have been called once before."""
        return self.runtime.command("kafka.Kafka", str(self.properties_file), heap_mb=self.heap_mb, jvm=self.jvm)

    def prepare(self) -> None:
        """Writes server.properties and formats the storage, unless it is formatted already."""
        records = self.folder / "records"
        records.mkdir(parents=True, exist_ok=True)
        settings = server_properties(self.port, self.controller_port, records) | self.properties
        self.properties_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        if (records / "meta.properties").exists():
            return
        cluster = _cluster_id(uuid.uuid4())
        format_storage = self.runtime.command(
            "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self.properties_file), jvm=("-Xshare:auto",)
        )
        done = subprocess.run(format_storage, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BrokerDied(f"formatting {records} failed:\n{(done.stderr or done.stdout).strip()[-2000:]}")

    def start(self, timeout_s: float = 60) -> None:
        """Starts the broker and returns when it answers.

        Raises:
            BrokerDied: it ended or did not answer within `timeout_s`.
        """
        self.prepare()
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + timeout_s
        while not answers(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise BrokerDied(f"Kafka on port {self.port} did not start:\n{self.last_words()}")
            time.sleep(0.05)

    def stop(self, timeout_s: float = 20) -> None:
        """SIGTERM, and SIGKILL when that is not heard within `timeout_s`. A second call is harmless."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def kill(self) -> None:
        """SIGKILL: what a power cut does, as far as the machine survives it."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self, timeout_s: float = 60) -> None:
        """Stops it if it runs, and starts it again on the same port with its records kept."""
        self.stop()
        self.start(timeout_s)

    def last_words(self, lines: int = 15) -> str:
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])


def _cluster_id(random: uuid.UUID) -> str:
    """As Kafka writes ids, but never beginning with a minus: the command that formats would take that for an option."""
    first, rest = random.bytes[0], random.bytes[1:]
    return urlsafe_b64encode(bytes([first & 0x7F]) + rest).rstrip(b"=").decode()


def server_properties(port: int, controller_port: int, records: Path) -> dict[str, str]:
    """The settings of a one-node KRaft broker that starts fast and lives in little memory."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(records),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        "auto.create.topics.enable": "false",
        # Under 256 MB of heap the default buffer (128 MB) kills the broker.
        "log.cleaner.dedupe.buffer.size": "4194304",
        # After kill -9 the broker is back in 3 s instead of 11.
        "broker.heartbeat.interval.ms": "500",
        "broker.session.timeout.ms": "2000",
    }


def answers(port: int, timeout_s: float = 0.5) -> bool:
    """Whether a broker at 127.0.0.1:port handles requests: the socket opens long before it does, so it is asked for its versions."""
    request = struct.pack(">hhih", 18, 0, 7, -1)  # ApiVersions v0, correlation id 7, no client id
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(10)) > 0
    except OSError:
        return False
