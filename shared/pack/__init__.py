"""A city's own pack: what it looks like, who is told of what, and in which words. `load_pack(directory)` reads and checks it."""

from shared.pack.city import Area, City, District, Limits, SmsStyle
from shared.pack.correlation import Correlation, Joining, Thing, ThingKind
from shared.pack.distance import distance_m
from shared.pack.folding import fold
from shared.pack.loading import load_pack
from shared.pack.model import Names, Point
from shared.pack.pack import CityPack
from shared.pack.phrase_syntax import GAP_WORDS, Form, PhraseSyntaxError, Word, parse_phrase
from shared.pack.phrases import Modifier, ModifierKind, PhraseBook, PhraseKind, PhraseRule, Scope
from shared.pack.places import Gazetteer, Place, PlaceKind
from shared.pack.routing import Delivery, EscalationStep, Route, Routing, Team
from shared.pack.scoring import Scoring
from shared.pack.sensor_rules import (
    BaselineRule,
    DeltaRule,
    Direction,
    LevelsRule,
    RangeRule,
    RateRule,
    SensorLevel,
    SensorRule,
    SilenceRule,
    StuckRule,
    ThresholdLevel,
    ThresholdRule,
)
from shared.pack.sensors import Member, Sensor, SensorGroup
from shared.pack.source import PackError, Problem
from shared.pack.texts import Template, Texts, render
from shared.pack.units import conversion

__all__ = [
    "GAP_WORDS",
    "Area",
    "BaselineRule",
    "City",
    "CityPack",
    "Correlation",
    "Delivery",
    "DeltaRule",
    "Direction",
    "District",
    "EscalationStep",
    "Form",
    "Gazetteer",
    "Joining",
    "LevelsRule",
    "Limits",
    "Member",
    "Modifier",
    "ModifierKind",
    "Names",
    "PackError",
    "PhraseBook",
    "PhraseKind",
    "PhraseRule",
    "PhraseSyntaxError",
    "Place",
    "PlaceKind",
    "Point",
    "Problem",
    "RangeRule",
    "RateRule",
    "Route",
    "Routing",
    "Scope",
    "Scoring",
    "Sensor",
    "SensorGroup",
    "SensorLevel",
    "SensorRule",
    "SilenceRule",
    "SmsStyle",
    "StuckRule",
    "Team",
    "Template",
    "Texts",
    "Thing",
    "ThingKind",
    "ThresholdLevel",
    "ThresholdRule",
    "Word",
    "conversion",
    "distance_m",
    "fold",
    "load_pack",
    "parse_phrase",
    "render",
]
