"""Asks a part of the stack whether it can do its work, and why not. Blocking, and of the standard library alone: it is quick to import."""

import http.client
import json
from urllib.parse import urlsplit

__all__ = ["why_not_ready"]

TIMEOUT_S = 2.0


def why_not_ready(url: str) -> str | None:
    """None when the address answers 200, else the reason in its own words or the connection's."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", where.path)
        response = connection.getresponse()
        return None if response.status == http.HTTPStatus.OK else _reason(response.status, response.read())
    except TimeoutError:
        return f"no answer within {TIMEOUT_S:g} s"
    except ConnectionRefusedError:
        return "not listening yet"
    except (http.client.HTTPException, OSError) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()


def _reason(status: int, body: bytes) -> str:
    """A service's problem carries `reasons`; anything else is told by its status."""
    try:
        reasons = json.loads(body)["reasons"]
    except (ValueError, LookupError, TypeError):
        reasons = []
    return "; ".join(map(str, reasons)) or f"answers {status}"
