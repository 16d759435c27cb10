"""Where the local stack keeps its files: everything it writes is under `.local/` of the repository's root."""

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Home"]


@dataclass(frozen=True, slots=True)
class Home:
    """The repository's root, or the folder that HEJNAL_HOME names."""

    root: Path

    @classmethod
    def find(cls) -> "Home":
        return cls(Path(os.environ.get("HEJNAL_HOME") or Path(__file__).parents[2]).resolve())

    @property
    def local(self) -> Path:
        return self.root / ".local"

    @property
    def stack_file(self) -> Path:
        return self.local / "stack.json"

    @property
    def progress_file(self) -> Path:
        """What the background start has done so far, for the `hejnal up` that waits in the foreground."""
        return self.local / "starting.json"

    @property
    def secrets_file(self) -> Path:
        return self.local / "secrets.json"

    @property
    def seeded_file(self) -> Path:
        return self.local / "seeded.json"

    @property
    def lock_file(self) -> Path:
        return self.local / "stack.lock"

    @property
    def logs(self) -> Path:
        return self.local / "logs"

    @property
    def data(self) -> Path:
        """The records of Kafka and the series of Prometheus; the databases are beside it."""
        return self.local / "data"

    @property
    def mail_authority(self) -> Path:
        """The sandbox writes it when it starts for the first time, and who sends mail has to trust it."""
        return self.local / "smtp-ca.pem"

    @property
    def kafka_runtime(self) -> Path:
        return self.local / "kafka"

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"
