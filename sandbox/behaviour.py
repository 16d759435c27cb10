"""How each provider behaves right now: well, or broken on purpose."""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.messages import Channel, Provider

__all__ = ["CHANNELS", "NORMAL", "PROVIDERS", "Behaviour", "Behaviours", "Mode", "behaviour_for"]

CHANNELS: tuple[Channel, ...] = ("sms", "email", "app")
PROVIDERS: tuple[Provider, ...] = ("a", "b")


class Mode(StrEnum):
    """What a provider does with a message."""

    NORMAL = "normal"
    SLOW = "slow"
    """Accepts after a delay."""
    REFUSE = "refuse"
    """Says no: come again later, or for good."""
    TIMEOUT = "timeout"
    """No answer and no delivery."""
    DROP_AFTER_ACCEPT = "drop_after_accept"
    """The phone gets it, the line drops before the answer."""
    DUPLICATE_RECEIPTS = "duplicate_receipts"
    """Every delivery receipt comes twice. Mail and push have no receipts: there it is as normal."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`until_s` is on the clock that the caller passes to `Behaviours.now`; None lasts until changed."""

    mode: Mode = Mode.NORMAL
    delay_s: float = 0.0
    until_s: float | None = None
    permanent: bool = False


NORMAL = Behaviour()


def behaviour_for(mode: Mode, seconds: float | None, now_s: float, *, slow_s: float, permanent: bool) -> Behaviour:
    """`seconds` is the delay of a slow provider, and for every other mode how long until it is normal again."""
    if mode is Mode.NORMAL:
        return NORMAL
    if mode is Mode.SLOW:
        return Behaviour(mode, delay_s=slow_s if seconds is None else seconds)
    until_s = None if seconds is None else now_s + seconds
    return Behaviour(mode, until_s=until_s, permanent=permanent)


class Behaviours:
    """The behaviour of every provider of every channel."""

    def __init__(self) -> None:
        self._present: dict[tuple[Channel, Provider], Behaviour] = {}

    def put(self, channel: Channel, provider: Provider | None, behaviour: Behaviour) -> None:
        """For one provider, or without one for both."""
        for each in PROVIDERS if provider is None else (provider,):
            self._present[channel, each] = behaviour

    def now(self, channel: Channel, provider: Provider, now_s: float) -> Behaviour:
        behaviour = self._present.get((channel, provider), NORMAL)
        if behaviour.until_s is not None and now_s >= behaviour.until_s:
            del self._present[channel, provider]
            return NORMAL
        return behaviour
