"""Starts the sandbox: `python -m sandbox`."""

import errno
import os
import socket
import sys
from importlib.metadata import version

import uvicorn

from sandbox.app import Sandbox
from sandbox.line import FragileHttpProtocol
from sandbox.settings import SandboxSettings
from shared.telemetry import configure

_GRACE_S = 2


def main() -> None:
    """Runs until SIGTERM or SIGINT. Exits with 1 and one line when a port is taken."""
    settings = SandboxSettings()
    configure("sandbox", version=version("hejnal"), log_level=settings.log_level, otlp_endpoint=None)
    taken = [port for port in _ports(settings) if port and _is_taken(settings.host, port)]
    if taken:
        sys.exit(f"sandbox: port {', '.join(map(str, taken))} of {settings.host} is taken (see HEJNAL_SANDBOX_*_PORT)")
    uvicorn.run(
        Sandbox(settings).app,
        host=settings.host,
        port=settings.port,
        http=FragileHttpProtocol,
        loop="uvloop",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )


def _ports(settings: SandboxSettings) -> tuple[int, ...]:
    return (
        settings.port,
        settings.smpp_a_port,
        settings.smpp_b_port,
        settings.smtp_a_port,
        settings.smtp_b_port,
    )


def _is_taken(host: str, port: int) -> bool:
    """Asked before anything starts, to name the port rather than show a traceback."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


if __name__ == "__main__":
    main()
