"""What messages say, and how they fit into a text message."""

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.plan.core.wording import words_for_alert, words_for_code
from services.notifier.send.core.links import LinkPlaces, links_for
from services.notifier.send.core.message import Address, compose
from services.notifier.send.core.sms_text import GSM_7, UCS_2, write_sms
from shared.events import Category, Channel, Language, Purpose, Urgency
from shared.pack import SmsStyle
from tests.notifier_builders import alert, pack, requested

PACK = pack()
PLACES = LinkPlaces("http://console/alerts/{alert_id}", "http://city", "http://notifier", b"s" * 32)
SUBSCRIPTION = "01a20d8d-bc73-74c3-916b-22c5fb7f2d97"


def test_every_purpose_is_written_in_every_language_and_channel_and_ends_with_a_link() -> None:
    purposes: tuple[Purpose, ...] = ("alert", "escalation", "publish", "update", "all_clear", "warning")
    one = alert(public_text="Zamknijcie {okna}.")
    for purpose in purposes:
        for language in Language:
            for channel in Channel:
                words = words_for_alert(PACK, one, channel, purpose, language, minutes=2)
                public = purpose in {"publish", "warning"}
                event = requested(channel=channel, body=words.body, subject=words.subject, purpose=purpose)
                address = Address(channel, "x", subscription_id=SUBSCRIPTION if public else None)
                message = compose(event, address, links_for(event, address, PLACES))
                assert "{url}" not in message.body
                if channel is not Channel.APP:
                    asks = purpose in {"alert", "escalation"}
                    duty = "http://notifier/a/" if asks else "http://console/alerts/"
                    last = message.body.split()[-1]
                    assert last.startswith("http://notifier/leave/" if public else duty), message.body
                if public:
                    assert "Zamknijcie {okna}." in message.body


def test_no_link_and_no_code_is_in_what_travels_through_kafka() -> None:
    words = words_for_code(PACK, Channel.SMS, Language.PL, minutes=15)
    assert "{code}" in words.body
    event = requested(purpose="code", body=words.body)
    address = Address(Channel.SMS, "x", subscription_id=SUBSCRIPTION, code_nonce="n")
    message = compose(event, address, links_for(event, address, PLACES))
    assert "{code}" not in message.body


def test_an_exercise_is_marked() -> None:
    words = words_for_alert(PACK, alert(exercise=True), Channel.EMAIL, "alert", Language.PL)
    mark = PACK.texts[Language.PL].exercise_mark
    assert words.subject.startswith(mark)
    assert words.body.startswith(mark)


def test_braces_that_residents_write_mean_nothing() -> None:
    one = alert(title="{url} {secret} }{", urgency=Urgency.HIGH, category=Category.FIRE)
    words = words_for_alert(PACK, one, Channel.SMS, "alert", Language.PL)
    event = requested(body=words.body)
    message = compose(event, Address(Channel.SMS, "x"), links_for(event, Address(Channel.SMS, "x"), PLACES))
    assert "{url} {secret} }{" in message.body


def test_polish_is_folded_and_cyrillic_is_not() -> None:
    polish = write_sms("Zażółć gęślą jaźń, Łódź – „pożar”", SmsStyle())
    assert polish.text == 'Zazolc gesla jazn, Lodz - "pozar"'
    assert polish.data_coding == GSM_7
    assert write_sms("Пожежа", SmsStyle()).data_coding == UCS_2
    assert write_sms("żółć", SmsStyle(fold_diacritics=False)).data_coding == UCS_2


@given(st.text(max_size=600), st.integers(1, 4))
def test_no_text_needs_more_parts_than_allowed_and_the_link_survives(text: str, most: int) -> None:
    link = "http://a.b/c"
    written = write_sms(f"{text.replace('http', '')} {link}", SmsStyle(most_segments=most))
    assert len(written.parts) <= most
    assert written.text.endswith(link)
    room = 140
    assert all(len(part) <= (160 if written.data_coding == GSM_7 else room) for part in written.parts)
