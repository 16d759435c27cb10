"""What the local broker is started with."""

import uuid
from pathlib import Path

from hejnal.stack.kafka import _cluster_id, server_properties


def test_a_cluster_id_never_looks_like_an_option() -> None:
    for first in range(256):
        made = _cluster_id(uuid.UUID(bytes=bytes([first]) + b"\xff" * 15))
        assert len(made) == 22
        assert made[0] not in "-_"


def test_the_broker_listens_on_this_machine_alone(tmp_path: Path) -> None:
    settings = server_properties(19092, 19093, tmp_path)
    assert settings["listeners"] == "PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093"
    assert settings["auto.create.topics.enable"] == "false"
