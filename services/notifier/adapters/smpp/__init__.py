"""Text messages by SMPP 3.4.

aiosmpplib gives the PDUs. Its client is not used: it keeps messages in a queue of its own and does not tell whether one had been
written when the line was lost, which is the difference between *offer it again* and *unknown*; and it knows no query_sm.
"""

from services.notifier.adapters.smpp.provider import SmppProvider

__all__ = ["SmppProvider"]
