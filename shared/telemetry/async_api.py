"""The AsyncAPI document of a service, from the registry of topics."""

from shared.topics import TOPICS

__all__ = ["async_api_of"]


def async_api_of(service: str, version: str) -> dict[str, object]:
    """Channels with their records' JSON schemas, and what the service does with each (AsyncAPI 3.0)."""
    channels: dict[str, object] = {}
    operations: dict[str, object] = {}
    for topic in TOPICS:
        actions = [("send", topic.written_by), ("receive", topic.read_by)]
        mine = [action for action, services in actions if service in services]
        if not mine:
            continue
        channels[topic.name] = {
            "address": topic.name,
            "description": f"Keyed by {topic.key}, {topic.partitions} partitions.",
            "messages": {
                "record": {
                    "contentType": "application/json",
                    "payload": topic.carries.json_schema(mode="serialization"),
                }
            },
        }
        for action in mine:
            operations[f"{action} {topic.name}"] = {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"Hejnał {service}", "version": version},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
    }
