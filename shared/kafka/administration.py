"""Makes the cluster's topics agree with the registry, and says where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.errors import Permanent
from shared.topics import Topic

__all__ = ["Difference", "check_topics", "create_topics"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the cluster does not agree with the registry."""

    topic: str
    what: str
    wanted: str
    found: str


async def create_topics(bootstrap_servers: str, topics: Sequence[Topic], *, replication_factor: int = 1) -> list[str]:
    """Makes the topics that are missing and returns their names. Raises KafkaError, and Permanent when the broker refuses one."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        wanted = [
            NewTopic(topic.name, topic.partitions, replication_factor, topic_configs=dict(topic.config))
            for topic in topics
        ]
        response = await admin.create_topics(wanted)
    finally:
        await admin.close()
    created = []
    for name, code, *message in response.topic_errors:
        if code == 0:
            created.append(name)
        elif code != TopicAlreadyExistsError.errno:
            raise Permanent("topic_refused", f"{name}: {for_code(code).__name__} {message}")
    return created


async def check_topics(bootstrap_servers: str, topics: Sequence[Topic]) -> list[Difference]:
    """Compares existence, partitions and configuration. Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        described = {one["topic"]: one for one in await admin.describe_topics([topic.name for topic in topics])}
        present = [topic for topic in topics if not described.get(topic.name, {"error_code": 3})["error_code"]]
        configs = await _configs(admin, present)
    finally:
        await admin.close()
    found: list[Difference] = []
    for topic in topics:
        if topic not in present:
            found.append(Difference(topic.name, "existence", "exists", "missing"))
            continue
        partitions = len(described[topic.name]["partitions"])
        if partitions != topic.partitions:
            found.append(Difference(topic.name, "partitions", str(topic.partitions), str(partitions)))
        found += [
            Difference(topic.name, name, wanted, configs[topic.name].get(name, "unset"))
            for name, wanted in topic.config.items()
            if set(configs[topic.name].get(name, "").split(",")) != set(wanted.split(","))
        ]
    return found


async def _configs(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    if not topics:
        return found
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
    for response in await admin.describe_configs(resources):
        for resource in response.resources:
            name, entries = resource[3], resource[4]
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found
