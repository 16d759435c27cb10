"""The ports of the local stack, and who holds one that is taken."""

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, fields

__all__ = ["PortTaken", "Ports", "free_ports"]


class PortTaken(RuntimeError):
    """A port that the stack needs is held by somebody else."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The defaults of interfaces.md; HEJNAL_PORT_OFFSET shifts them all."""

    console: int = 8000
    ingest: int = 8001
    classifier: int = 8002
    notifier: int = 8003
    sandbox: int = 8009
    smpp_a: int = 8011
    smpp_b: int = 8012
    smtp_a: int = 8013
    smtp_b: int = 8014
    kafka: int = 19092
    kafka_controller: int = 19093
    prometheus: int = 19090

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Ports":
        """Raises ValueError when HEJNAL_PORT_OFFSET is not a number that keeps every port below 65536."""
        said = environment.get("HEJNAL_PORT_OFFSET") or "0"
        try:
            offset = int(said)
        except ValueError:
            raise ValueError(f"HEJNAL_PORT_OFFSET is not a whole number: {said!r}") from None
        shifted = {name: port + offset for name, port in cls().by_name().items()}
        if offset < 0 or max(shifted.values()) > 65_535:  # noqa: PLR2004 — the highest port there is
            raise ValueError(f"HEJNAL_PORT_OFFSET={offset} takes a port out of range")
        return cls(**shifted)

    def by_name(self) -> dict[str, int]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def require_free(self) -> None:
        """Raises PortTaken with each port that is taken and, where the system tells, by whom."""
        taken = {name: port for name, port in self.by_name().items() if not is_free(port)}
        if taken:
            lines = [f"port {port} ({name.replace('_', ' ')}) is taken{_by(port)}" for name, port in taken.items()]
            raise PortTaken("; ".join(lines) + ". HEJNAL_PORT_OFFSET=100 shifts all ports by 100.")


def is_free(port: int) -> bool:
    """Whether a server could listen on the port at 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Different ports that are free at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _by(port: int) -> str:
    if not shutil.which("ss"):
        return ""
    listing = subprocess.run(
        ["ss", "-Hltnp", f"sport = :{port}"], capture_output=True, text=True, check=False, timeout=10
    ).stdout
    _, _, users = listing.partition('users:(("')
    name, _, rest = users.partition('",pid=')
    pid = rest.split(",", 1)[0]
    return f" by {name} (pid {pid})" if pid.isdigit() else ""
