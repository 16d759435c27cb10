"""The phones that hold push subscriptions, kept in a file so that they outlive a restart."""

import base64
import secrets
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import BaseModel, ConfigDict, ValidationError

from sandbox.messages import Provider

__all__ = ["Phone", "Phones"]

FILE = "push-subscriptions.jsonl"
_ID_BYTES = 16
_AUTH_BYTES = 16


class _Line(BaseModel):
    """One line of the file; a later line about the same phone replaces the earlier."""

    model_config = ConfigDict(frozen=True)

    phone_id: str
    provider: Provider
    origin: str
    private_value: str
    auth: str
    phone: str | None
    vapid_public_key: str | None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Phone:
    """One push subscription and the keys that only the phone has."""

    line: _Line

    @property
    def endpoint(self) -> str:
        return f"{self.line.origin}/push/{self.line.provider}/{self.line.phone_id}"

    @property
    def private_key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int(self.line.private_value, 16), ec.SECP256R1())

    @property
    def auth(self) -> bytes:
        return bytes.fromhex(self.line.auth)

    def public_keys(self) -> dict[str, str]:
        """`p256dh` and `auth` as a browser hands them out."""
        point = self.private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": _base64url(point), "auth": _base64url(self.auth)}


class Phones:
    """At most `kept`; the oldest goes first. A deleted phone is remembered as gone."""

    def __init__(self, directory: Path, kept: int) -> None:
        self._file = directory / FILE
        self._kept = kept
        self._phones: OrderedDict[str, Phone] = OrderedDict()
        for line in self._read():
            self._put(line)
        self._rewrite()

    def make(self, provider: Provider, origin: str, *, phone: str | None, vapid_public_key: str | None) -> Phone:
        """A new phone at `origin`, such as `http://127.0.0.1:8009`."""
        key = ec.generate_private_key(ec.SECP256R1())
        line = _Line(
            phone_id=secrets.token_urlsafe(_ID_BYTES),
            provider=provider,
            origin=origin,
            private_value=f"{key.private_numbers().private_value:x}",
            auth=secrets.token_hex(_AUTH_BYTES),
            phone=phone,
            vapid_public_key=vapid_public_key,
        )
        self._append(line)
        return self._put(line)

    def find(self, provider: str, phone_id: str) -> Phone | None:
        """Also one that is deleted: `line.deleted` tells."""
        phone = self._phones.get(phone_id)
        return phone if phone is not None and phone.line.provider == provider else None

    def delete(self, phone: Phone) -> None:
        line = phone.line.model_copy(update={"deleted": True})
        self._append(line)
        self._put(line)

    def _put(self, line: _Line) -> Phone:
        phone = self._phones[line.phone_id] = Phone(line)
        while len(self._phones) > self._kept:
            self._phones.popitem(last=False)
        return phone

    def _read(self) -> Iterator[_Line]:
        if not self._file.exists():
            return
        for text in self._file.read_text("utf-8").splitlines():
            try:
                yield _Line.model_validate_json(text)
            except ValidationError:
                continue  # half a line, from a process that was killed while writing it

    def _rewrite(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text("".join(phone.line.model_dump_json() + "\n" for phone in self._phones.values()), "utf-8")
        draft.replace(self._file)

    def _append(self, line: _Line) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(line.model_dump_json() + "\n")


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
