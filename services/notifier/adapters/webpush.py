"""App pushes by Web Push (RFC 8030, 8291, 8292). The endpoint says which push service it is, so there is one provider for all of them."""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
from py_vapid import Vapid
from pywebpush import WebPushException, webpush_async

from services.notifier.send.core.message import Message
from services.notifier.send.core.outcomes import Accepted, Outcome, Receipt, Refused, Unknown
from shared.events import Urgency

__all__ = ["WebPushProvider"]

_URGENCY: Final = {
    Urgency.NONE: "normal",
    Urgency.LOW: "low",
    Urgency.MEDIUM: "normal",
    Urgency.HIGH: "high",
    Urgency.CRITICAL: "high",
}
_GONE: Final = frozenset({404, 410})
_TEMPORARY: Final = frozenset({429, 500, 502, 503, 504})
_MOST_BODY: Final = 1_000
"""Characters: a push service need not take more than 4,096 bytes (RFC 8030, 7.2)."""


class WebPushProvider:
    """`forget` is told of an endpoint that is gone for good."""

    def __init__(
        self,
        vapid: Vapid,
        contact: str,
        forget: Callable[[str], Awaitable[None]],
        *,
        timeout_s: float = 10.0,
        connections: int = 100,
    ) -> None:
        self.name = "webpush"
        self._vapid = vapid
        self._contact = contact
        self._forget = forget
        self._timeout_s = timeout_s
        self._connections = connections
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
        )

    async def stop(self) -> None:
        if self._http is not None:
            await self._http.close()

    @property
    def unready(self) -> list[str]:
        return []

    async def ask(self, notification_id: str, provider_message_id: str | None) -> Receipt | None:  # noqa: ARG002 — as other providers
        """A push service can't be asked."""
        return None

    async def send(self, message: Message) -> Outcome:
        """Raises nothing: every way a push service can fail is an outcome."""
        try:
            response = await webpush_async(
                {"endpoint": message.address.text, "keys": dict(message.address.push_keys)},
                data=_payload(message),
                vapid_private_key=self._vapid,
                # A new dict each time: the library writes the audience into it, and the next service would get this one's.
                vapid_claims={"sub": self._contact},
                timeout=self._timeout_s,  # without it the library switches the session's own off
                ttl=_ttl_s(message),
                headers={"urgency": _URGENCY[message.urgency]},
                aiohttp_session=self._http,
            )
        except WebPushException as error:
            return await self._refused(message, error)
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            return Refused("temporary", f"not_connected_{type(error).__name__}".lower())
        except TimeoutError:
            return Unknown("timeout")
        except (aiohttp.ClientError, OSError):
            return Unknown("line_lost")
        except (ValueError, TypeError, KeyError):
            return Refused("permanent", "not_a_push_subscription")
        response.release()
        return Accepted((response.headers.get("location", message.notification_id)[-80:],))

    async def _refused(self, message: Message, error: WebPushException) -> Outcome:
        status = error.status_code
        if status is None:
            return Refused("permanent", "not_a_push_subscription")
        if status in _GONE:
            await self._forget(message.address.text)
            return Refused("permanent", "subscription_gone")
        if status in _TEMPORARY:
            return Refused("temporary", f"push_{status}", _retry_after_s(error.retry_after))
        return Refused("permanent", f"push_{status}")


def _payload(message: Message) -> str:
    payload = {
        "title": message.subject,
        "body": message.body[:_MOST_BODY],
        "url": message.links.url,
        "notification_id": message.notification_id,
        "alert_id": message.alert_id,
    }
    if message.links.leave_url:
        payload["leave_url"] = message.links.leave_url
    return json.dumps(payload, ensure_ascii=False)


def _ttl_s(message: Message) -> int:
    return max(1, int(message.expires_at.timestamp() - time.time()))


def _retry_after_s(value: str | None) -> float:
    return float(value) if value is not None and value.isdigit() else 0.0
