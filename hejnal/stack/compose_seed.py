"""`python -m hejnal.stack.compose_seed` seeds services that run in containers, and writes the file that `hejnal demo --stack` reads."""

import asyncio
import os

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from hejnal.stack.home import Home
from hejnal.stack.seeding import Seeding
from hejnal.stack.stack_file import StackFile

__all__ = ["main"]


class SeedSettings(BaseSettings):
    """Where the services are, as seen from the container that seeds and plays."""

    model_config = SettingsConfigDict(env_prefix="HEJNAL_SEED_", extra="ignore", populate_by_name=True)

    console_url: str = "http://console:8000"
    ingest_url: str = "http://ingest:8001"
    classifier_url: str = "http://classifier:8002"
    notifier_url: str = "http://notifier:8003"
    sandbox_url: str = "http://sandbox:8009"
    prometheus_url: str | None = "http://prometheus:9090"
    kafka_bootstrap_servers: str = Field("kafka:9092", validation_alias="HEJNAL_KAFKA_BOOTSTRAP_SERVERS")


async def _seed(home: Home, settings: SeedSettings) -> None:
    seeding = Seeding(home, os.environ, settings.sandbox_url)
    await seeding.gateway_key()
    await seeding.people()
    await seeding.duty()
    seeded = seeding.result()
    StackFile(**seeded.model_dump(), **settings.model_dump(), pids={}).write(home)
    print(
        f"seeded; `docker compose run --rm demo` plays an evening, {home.stack_file} in the volume `seeds` says how to sign in"
    )


def main() -> None:
    asyncio.run(_seed(Home.find(), SeedSettings()))


if __name__ == "__main__":
    main()
