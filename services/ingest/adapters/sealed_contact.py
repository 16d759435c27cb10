"""Contact data as it lies in the database: encrypted with a key of ingest's secret."""

import base64
import json

from cryptography.fernet import Fernet

from services.ingest.core.keyed_hash import Purpose, Secret
from services.ingest.core.report import Contact

__all__ = ["ContactSeal"]


class ContactSeal:
    """Fernet (AES-128-CBC with HMAC-SHA256): whoever copies the database has no telephone number."""

    def __init__(self, secret: Secret) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(secret.key(Purpose.CONTACT)))

    def seal(self, contact: Contact | None) -> bytes | None:
        if contact is None:
            return None
        return self._fernet.encrypt(json.dumps({"phone": contact.phone, "email": contact.email}).encode())

    def open(self, sealed: bytes | None) -> Contact | None:
        """Raises cryptography.fernet.InvalidToken when another secret sealed it."""
        return None if sealed is None else Contact(**json.loads(self._fernet.decrypt(sealed)))
