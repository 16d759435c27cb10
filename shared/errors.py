"""Errors named by what the shell around a decision must do with them."""

from typing import Final

__all__ = ["HejnalError", "Invalid", "Permanent", "Transient"]


class HejnalError(Exception):
    """An error with a reason: one lower-case word or phrase joined by underscores, used in events, logs and metrics alike."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Final = reason
        self.detail: Final = detail


class Invalid(HejnalError):
    """The input can never be handled: it goes to dead letters (or is answered with 4xx), and the next one is handled."""


class Transient(HejnalError):
    """The outside world failed for now: retried with backoff in one place."""


class Permanent(HejnalError):
    """The outside world has said no for good: settled as failed, never retried."""
