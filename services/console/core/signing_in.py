"""What a try to sign in comes to. To the person all refusals look alike: they must not tell which names exist."""

from enum import StrEnum

__all__ = ["SignIn", "sign_in_outcome"]


class SignIn(StrEnum):
    SIGNED_IN = "signed_in"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 — a word, not a password
    UNKNOWN_USER = "unknown_user"
    DISABLED = "disabled"
    TOO_MANY = "too_many"


def sign_in_outcome(*, is_known: bool, is_disabled: bool, password_fits: bool) -> SignIn:
    if not is_known:
        return SignIn.UNKNOWN_USER
    if not password_fits:
        return SignIn.WRONG_PASSWORD
    return SignIn.DISABLED if is_disabled else SignIn.SIGNED_IN
