"""How the stack is kept alive, and on which ports."""

import pytest

from hejnal.stack.ports import Ports, PortTaken, free_ports, is_free
from hejnal.stack.processes import FIRST_DELAY_S, LONGEST_DELAY_S, next_delay_s


def test_a_process_that_lived_is_started_again_at_once() -> None:
    assert next_delay_s(last_delay_s=LONGEST_DELAY_S, lived_s=60) == FIRST_DELAY_S


def test_a_process_that_keeps_dying_waits_longer_each_time_up_to_a_limit() -> None:
    delay_s, seen = 0.0, []
    for _ in range(12):
        delay_s = next_delay_s(delay_s, lived_s=0.1)
        seen.append(delay_s)
    assert seen == sorted(seen)
    assert seen[0] == FIRST_DELAY_S
    assert seen[-1] == LONGEST_DELAY_S


def test_an_offset_shifts_every_port() -> None:
    shifted = Ports.from_environment({"HEJNAL_PORT_OFFSET": "100"}).by_name()
    assert shifted == {name: port + 100 for name, port in Ports().by_name().items()}
    assert len(set(shifted.values())) == len(shifted)


@pytest.mark.parametrize("said", ["many", "-1", "60000", "1.5"])
def test_an_offset_that_is_no_use_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="HEJNAL_PORT_OFFSET"):
        Ports.from_environment({"HEJNAL_PORT_OFFSET": said})


def test_free_ports_are_different_and_free() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(is_free(port) for port in ports)


def test_taken_ports_are_named_with_what_they_are_for() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"port {port} \(smtp b\) is taken"):
            Ports(smtp_b=port).require_free()
