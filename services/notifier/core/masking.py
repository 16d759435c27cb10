"""How a recipient may be shown outside this service's database."""

from shared.events import Channel

__all__ = ["mask"]


def mask(channel: Channel, address: str) -> str:
    """`+48 ••• ••• •89`, `a•••@example.org`, `app •••4f2c`: enough to tell two apart, too little to reach anybody."""
    match channel:
        case Channel.SMS:
            return f"{address[:3]} ••• ••• •{address[-2:]}"
        case Channel.EMAIL:
            name, _, domain = address.rpartition("@")
            return f"{name[:1]}•••@{domain}"
        case Channel.APP:
            return f"app •••{address[-4:]}"
