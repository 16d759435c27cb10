"""`.local/stack.json`: where everything is, how to sign in, and which process is which (fixed in the project's interfaces)."""

from pydantic import BaseModel

from hejnal.stack.files import read_json, write_json
from hejnal.stack.home import Home
from hejnal.stack.ports import Ports

__all__ = ["Credentials", "Seeded", "StackFile", "addresses"]


class Credentials(BaseModel):
    username: str
    password: str
    token: str


class Seeded(BaseModel):
    """What the first start wrote into the databases, remembered for those that follow."""

    gateway_key: str
    operator: Credentials
    supervisor: Credentials
    second_supervisor: Credentials
    viewer: Credentials
    administrator: Credentials


class Addresses(BaseModel):
    console_url: str
    ingest_url: str
    classifier_url: str
    notifier_url: str
    sandbox_url: str
    kafka_bootstrap_servers: str
    prometheus_url: str | None


class StackFile(Seeded, Addresses):
    pids: dict[str, int]

    @classmethod
    def read(cls, home: Home) -> "StackFile | None":
        """None where no stack is up."""
        content = read_json(home.stack_file)
        return cls.model_validate(content) if content else None

    def write(self, home: Home) -> None:
        write_json(home.stack_file, self.model_dump(mode="json"))


def addresses(ports: Ports, *, with_prometheus: bool) -> Addresses:
    return Addresses(
        console_url=f"http://127.0.0.1:{ports.console}",
        ingest_url=f"http://127.0.0.1:{ports.ingest}",
        classifier_url=f"http://127.0.0.1:{ports.classifier}",
        notifier_url=f"http://127.0.0.1:{ports.notifier}",
        sandbox_url=f"http://127.0.0.1:{ports.sandbox}",
        kafka_bootstrap_servers=f"127.0.0.1:{ports.kafka}",
        prometheus_url=f"http://127.0.0.1:{ports.prometheus}" if with_prometheus else None,
    )
