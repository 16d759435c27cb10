"""Who may do what: one table, read before anything else of a request."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["Identity", "Role", "is_open", "is_unsafe", "least_role"]


class Role(StrEnum):
    """Each may do all that those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"

    def at_least(self, other: "Role") -> bool:
        return _LEVELS[self] >= _LEVELS[other]


_LEVELS = {role: level for level, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Identity:
    """The person or program behind a request; `session_hash` is None for a bearer token."""

    user_id: str
    username: str
    role: Role
    session_hash: str | None = None


_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_RULES: Final = (
    (_SAFE, re.compile(r"/v1/audit(/|$)"), Role.SUPERVISOR),
    (_SAFE, re.compile(r"/v1/"), Role.VIEWER),
    ({"DELETE"}, re.compile(r"/v1/session$"), Role.VIEWER),
    ({"POST"}, re.compile(r"/v1/alerts/[^/]+/decisions$"), Role.OPERATOR),
)


def is_unsafe(method: str) -> bool:
    """Say whether the method may change something (RFC 9110, 9.2.1)."""
    return method not in _SAFE


def is_open(method: str, path: str) -> bool:
    """Say whether anybody may call it: sign-in, probes, documents and the page's own files."""
    return not path.startswith("/v1/") or (method == "POST" and path == "/v1/session")


def least_role(method: str, path: str) -> Role:
    """The role that an address asks for. What no rule names changes something unknown: only an administrator may."""
    return next(
        (role for methods, pattern, role in _RULES if method in methods and pattern.match(path)), Role.ADMINISTRATOR
    )
