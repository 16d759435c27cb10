"""The evening as data: who calls, which gauge says what, what the operator does, each at its second of a 40-second evening."""

from dataclasses import dataclass
from typing import Final

__all__ = ["DURATION_S", "EVENING", "RESIDENT", "Act", "Call", "Decision", "Measurement", "Resident"]

DURATION_S: Final = 40.0


@dataclass(frozen=True, slots=True)
class Call:
    """A resident's report."""

    at_s: float
    name: str
    text: str
    lat: float
    lon: float
    language: str = "pl"


@dataclass(frozen=True, slots=True)
class Measurement:
    """A sensor's reading."""

    at_s: float
    sensor_id: str
    quantity: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the operator does with the alert that the call or the sensor of that name led to."""

    at_s: float
    about: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who wants to be told of what is published around their home."""

    phone: str
    language: str
    around_lat: float
    around_lon: float
    half_width_degrees: float


Act = Call | Measurement | Decision

RESIDENT: Final = Resident("+48600300300", "pl", 49.7800, 22.7950, 0.01)

_GAUGE: Final = ("san-przemysl-1", "water_level")


def _level(at_s: float, centimetres: float) -> Measurement:
    return Measurement(at_s, *_GAUGE, centimetres, "cm")


EVENING: Final[tuple[Act, ...]] = (
    _level(0, 352),
    Call(
        1,
        "noise",
        "Głośna muzyka i krzyki pod oknami na Rynku, jest po dwudziestej drugiej, nie da się spać",
        49.7822,
        22.7683,
    ),
    Call(3, "fire", "Pali się kamienica przy Franciszkańskiej 12, płomienie na drugim piętrze!", 49.78170, 22.77060),
    Call(
        5,
        "fire, in Ukrainian",
        "Пожежа в будинку на Францішканській, багато диму, у вікні люди!",
        49.78185,
        22.77090,
        "uk",
    ),
    _level(6, 371),
    Call(7, "fire, neighbour", "Widzę ogień i dużo dymu z okna kamienicy, w środku są dzieci", 49.78150, 22.77030),
    Call(8, "spam", "PROMOCJA! Kup teraz i wygraj iPhone, kliknij w link, tylko dziś rabat 80%", 49.7900, 22.7800),
    _level(11, 389),
    Call(12, "fire, from afar", "Dym nad Starym Miastem, czuć spaleniznę, chyba pożar kamienicy", 49.78230, 22.77010),
    Decision(14, "fire", "acknowledge", "Zastępy w drodze"),
    Call(
        15,
        "lost dog",
        "Zaginął pies, biszkoptowy labrador w czerwonej obroży, ostatnio widziany w parku na Zasaniu",
        49.7902,
        22.7585,
    ),
    _level(18, 447),
    Call(20, "water main", "Pękła rura wodociągowa na Lwowskiej, woda tryska spod asfaltu", 49.78000, 22.79500),
    _level(23, 518),
    Call(
        24, "water main, in Ukrainian", "Прорвало водопровідну трубу, вода тече по Львівській", 49.78020, 22.79530, "uk"
    ),
    Call(26, "water main, no water", "Nie ma wody w całym bloku, na ulicy pękła magistrala", 49.77980, 22.79470),
    Decision(30, "water main", "publish", "Awaria wodociągu na Lwowskiej. Woda z beczkowozu przy szkole."),
    _level(31, 577),
    Call(33, "river", "San wylewa przy moście, woda wchodzi na bulwary i ścieżkę rowerową", 49.78480, 22.77180),
    _level(38, 583),
)
