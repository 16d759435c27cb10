import pytest

from services.ingest.core.contact import email_address, phone_number
from services.ingest.core.report import Contact, contact_of
from shared.errors import Invalid


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("600 700 800", "+48600700800"),
        ("+48 600-700-800", "+48600700800"),
        ("+380 50 123 4567", "+380501234567"),
        ("16 678 30 30", "+48166783030"),
    ],
)
def test_phone_is_kept_as_e164(text: str, number: str) -> None:
    assert phone_number(text, "PL") == number


@pytest.mark.parametrize("text", ["112", "0", "abc", "+48 1", "+999 123456789", "600700800600700800", ""])
def test_phone_that_none_can_have_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as error:
        phone_number(text, "PL")
    assert error.value.reason == "phone_not_valid"


def test_email_is_kept_as_given() -> None:
    assert email_address(" Jan.Kowalski+x@poczta.example.pl ") == "Jan.Kowalski+x@poczta.example.pl"


@pytest.mark.parametrize(
    "text", ["a", "a@b", "@example.pl", "a b@example.pl", "a@@example.pl", "a@b..pl", "a@" + "x" * 260 + ".pl"]
)
def test_email_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as error:
        email_address(text)
    assert error.value.reason == "email_not_valid"


def test_who_wants_to_stay_anonymous_leaves_no_contact() -> None:
    assert contact_of("600700800", None, "PL", anonymous=True) is None
    assert contact_of(None, None, "PL", anonymous=False) is None
    assert contact_of("600700800", None, "PL", anonymous=False) == Contact(phone="+48600700800")


def test_contact_never_shows_in_a_log_line() -> None:
    assert "600" not in repr(Contact(phone="+48600700800"))
