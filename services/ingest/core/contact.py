"""How a resident may be reached: checked before it is kept."""

import re

import phonenumbers

from shared.errors import Invalid

__all__ = ["email_address", "phone_number"]

_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@(?:[^@\s.,;<>\"]{1,63}\.)+[^@\s.,;<>\"]{2,63}")
_LONGEST_EMAIL = 254  # RFC 5321


def phone_number(text: str, country: str) -> str:
    """The number in E.164; `country` (ISO 3166, two letters) is meant where it begins with no `+`. Raises Invalid(`phone_not_valid`)."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise Invalid("phone_not_valid", "not a telephone number") from error
    if not phonenumbers.is_valid_number(number):
        raise Invalid("phone_not_valid", "no telephone has such a number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email_address(text: str) -> str:
    """The address as given, trimmed. Whether it exists, only a message can tell. Raises Invalid(`email_not_valid`)."""
    address = text.strip()
    if len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        raise Invalid("email_not_valid", "not an email address")
    return address
