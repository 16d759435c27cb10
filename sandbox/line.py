"""A line that can drop: uvicorn's protocol with a way to break the connection without an answer."""

from fastapi import Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["FragileHttpProtocol", "drop_line"]

_EXTENSION = "hejnal.sandbox.drop_line"


class FragileHttpProtocol(HttpToolsProtocol):
    """Gives every request an ASGI extension that aborts its connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {_EXTENSION: {"drop": self.transport.abort}}


def drop_line(request: Request) -> None:
    """Breaks the client's connection: it gets no answer."""
    request.scope["extensions"][_EXTENSION]["drop"]()
