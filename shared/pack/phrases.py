"""The classifier's transparent rules: words that say what a report is about and how urgent it is.

How they are matched (the classifier does it): the report's text and the phrases are both folded (shared/pack/folding.py)
and cut into words; of matches that share a word the one with more words wins, then the one with more characters, then the
earlier in the file. So a longer phrase protects its words: `zastawiony wyjazd straży pożarnej` (traffic) hides `straż pożarna`.
Words that a gap `..` skips belong to nobody.
"""

from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field

from shared.events.vocabulary import Category, Language, Urgency
from shared.pack.model import PackModel, Slug
from shared.pack.phrase_syntax import Form, parse_phrase

PhraseText = Annotated[str, Field(min_length=1, max_length=4_000)]
Points = Annotated[float, Field(ge=-100, le=100)]


class PhraseKind(StrEnum):
    CATEGORY = "category"
    """Says what it is about; its points are those of such a thing."""
    DANGER = "danger"
    """A living person is in danger now. Modifiers never take the score below high while one of these stands unmodified."""
    INTENSITY = "intensity"
    """Makes whatever it is worse: spreading, children near, at night, many people."""
    RELIEF = "relief"
    """Makes it less: a nuisance, finished, in its turn."""
    NEUTRAL = "neutral"
    """Means nothing; only protects its words from shorter phrases."""


class PhraseRule(PackModel):
    """One thing that people say. `category` may be empty where any thing may have it (intensity, relief, danger, neutral)."""

    id: Slug
    phrase: PhraseText
    kind: PhraseKind = PhraseKind.CATEGORY
    category: Category | None = None
    points: Points = 0
    """Urgency points, added to the category's base (scoring.yaml) on a scale of 0–100."""
    weight: Annotated[float, Field(ge=0, le=10)] = 1
    """How strongly it speaks for its category; the category with the greatest sum is the report's."""
    floor: Urgency | None = None
    """A safety floor: at least this urgency, unless modified away."""

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """Every way to say it, folded. Raises PhraseSyntaxError (never for a pack that was loaded)."""
        return parse_phrase(self.phrase)


class ModifierKind(StrEnum):
    NEGATION = "negation"
    PAST = "past"
    EXERCISE = "exercise"
    FILM = "film"
    QUESTION = "question"
    HYPOTHETICAL = "hypothetical"
    SECONDHAND = "secondhand"
    PRAISE = "praise"
    TEST = "test"
    SPAM = "spam"


class Scope(StrEnum):
    """Which phrases a modifier acts on."""

    FOLLOWING = "following"
    """Those that begin within `reach_words` after it, in the same sentence."""
    PRECEDING = "preceding"
    """Those that end within `reach_words` before it, in the same sentence."""
    SENTENCE = "sentence"
    REPORT = "report"


class Modifier(PackModel):
    """Changes what phrases in its scope are worth: their points times `factor`, and `points` added once for the report."""

    id: Slug
    phrase: PhraseText
    kind: ModifierKind
    scope: Scope
    reach_words: Annotated[int, Field(ge=1, le=20)] = 4
    factor: Annotated[float, Field(ge=0, le=1)] = 1
    points: Annotated[float, Field(ge=-100, le=0)] = 0
    lifts_floor: bool = True
    """Whether a phrase in its scope loses its floor."""

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """Every way to say it, folded. Raises PhraseSyntaxError (never for a pack that was loaded)."""
        return parse_phrase(self.phrase)


class PhraseBook(PackModel):
    """phrases/<language>.yaml."""

    language: Language
    rules: Annotated[tuple[PhraseRule, ...], Field(min_length=1)]
    modifiers: tuple[Modifier, ...] = ()
