"""What reports say decides beside where and when they say it."""

import pytest

from services.classifier.correlate.core.inflecting import forms_of_name
from services.classifier.words import words_of
from shared.events import Category, Urgency
from tests.classifier_builders import FoldedCity, a_signal


def joins(first: str, second: str, *, category: Category = Category.MEDICAL, **where: float | None) -> bool:
    city = FoldedCity()
    city.take(a_signal("a", text=first, category=category, **where))
    return city.take(a_signal("b", text=second, category=category, seconds=120, **where)) == ["joined"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("pożar na Grunwaldzkiej", "горить на Грюнвальдській"),
        ("pali się przy Moście Orląt", "пожежа біля мосту Орлят"),
        ("pożar, ul. Lwowska", "fire on Lwowska street"),
        ("дим, вулиця Львівська", "dym na Lwowskiej"),
        ("pozar na slowackiego 12", "горить на Словацького 12"),
    ],
)
def test_a_place_named_in_another_language_is_the_same_place(first: str, second: str) -> None:
    assert joins(first, second, category=Category.FIRE, north_m=None)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("pożar na Grunwaldzkiej", "pożar na Lwowskiej"),
        ("człowiek nieprzytomny, Słowackiego 3", "człowiek nieprzytomny, Słowackiego 71"),
        ("pies biega na Rynku", "pies biega przy szpitalu"),
    ],
)
def test_another_place_or_house_number_is_another_event(first: str, second: str) -> None:
    assert not joins(first, second, north_m=None)


def test_another_thing_near_by_is_another_event() -> None:
    assert not joins("wypadek, zderzyły się dwa auta", "mężczyzna ma zawał serca", north_m=0)


def test_one_thing_in_three_languages_is_one_event() -> None:
    city = FoldedCity()
    texts = ["woda w piwnicy", "затопило підвал", "our basement is flooded"]
    city.take(*(a_signal(str(n), text=text, category=Category.FLOOD, north_m=n * 300) for n, text in enumerate(texts)))
    assert city.only.report_count == 3


def test_a_report_put_into_another_category_finds_the_event_it_speaks_of() -> None:
    city = FoldedCity()
    city.take(a_signal("a", text="San wylewa", category=Category.FLOOD))
    assert city.take(a_signal("b", text="woda w domu", category=Category.CRIME, north_m=900)) == ["joined"]


def test_a_flood_that_grows_takes_in_what_is_farther_away() -> None:
    city = FoldedCity()
    flood = {"text": "woda na ulicy, zalewa", "category": Category.FLOOD}
    assert city.take(a_signal("a", **flood), a_signal("soon", north_m=1900, seconds=60, **flood)) == ["opened"] * 2
    grown = FoldedCity()
    assert grown.take(a_signal("a", **flood), a_signal("later", north_m=1900, seconds=7200, **flood))[1] == "joined"


def test_a_critical_report_without_a_place_does_not_vanish_in_something_less() -> None:
    city = FoldedCity()
    city.take(a_signal("a", urgency=Urgency.MEDIUM))
    assert city.take(a_signal("b", urgency=Urgency.CRITICAL, north_m=None, seconds=10)) == ["opened"]
    (suggested,) = city.alerts[-1].suggested_merges.values()
    assert suggested.reason == "critical_stands_alone"


def test_two_hundred_reports_a_minute_of_one_flood_are_one_alert_and_the_first_is_not_delayed() -> None:
    city = FoldedCity()
    texts = ["zalewa nam piwnicę", "ulica pod wodą", "вода на вулиці", "water everywhere, flooded"]
    storm = [
        a_signal(str(n), text=texts[n % 4], category=Category.FLOOD, seconds=n * 0.3, north_m=n * 37 % 900)
        for n in range(200)
    ]
    assert city.take(storm[0]) == ["opened"]
    city.take(*storm[1:])
    assert city.only.report_count == 200


def test_one_client_cannot_talk_an_alert_up() -> None:
    city = FoldedCity()
    city.take(*(a_signal(str(n), seconds=n, urgency=Urgency.MEDIUM, client="one") for n in range(50)))
    assert (city.only.urgency, city.only.score) == (Urgency.MEDIUM, 45.0)


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("ul. Grunwaldzka", "Grunwaldzkiej"),
        ("Zasanie", "Zasaniu"),
        ("вул. Сяноцька", "Сяноцькій"),
        ("Kazanów", "Kazanowie"),
        ("ul. Węgierska", "Węgierską"),
    ],
)
def test_a_name_is_found_inflected(name: str, spoken: str) -> None:
    form = forms_of_name(name)
    assert form is not None
    assert all(word.matches(said) for word, said in zip(form, words_of(spoken).folded, strict=True))
