"""Safety floors: a few unambiguous phrases of danger to life that no model may read below high."""

from dataclasses import dataclass
from typing import Final

from services.classifier.assess.core.lexicon import Found
from services.classifier.assess.core.scopes import acting_modifiers, is_in_scope
from shared.pack import PhraseKind

__all__ = ["Danger", "danger_in", "says_a_known_thing"]


@dataclass(frozen=True, slots=True)
class Danger:
    """What a text says of danger to life."""

    stands: bool
    """Somebody says so, and it is not denied, past, played or asked."""
    is_lifted: bool
    """Somebody says so, and it is."""


NO_DANGER: Final = Danger(stands=False, is_lifted=False)


def danger_in(found: Found) -> Danger:
    """Looks at the pack's phrases of the kind `danger`; a modifier with `lifts_floor` in whose scope one stands takes its floor away."""
    mentions = [match for rule, match in found.phrases if rule.kind is PhraseKind.DANGER]
    if not mentions:
        return NO_DANGER
    lifting = [(modifier, where) for modifier, where in acting_modifiers(found) if modifier.lifts_floor]
    lifted = [
        any(is_in_scope(modifier, where, match, found.words) for modifier, where in lifting) for match in mentions
    ]
    return Danger(stands=not all(lifted), is_lifted=any(lifted))


def says_a_known_thing(found: Found) -> bool:
    """A phrase of a category that no modifier touches, in a report that none speaks of as a whole."""
    acting = acting_modifiers(found)
    return any(
        rule.kind is PhraseKind.CATEGORY
        and rule.points > 0
        and not any(is_in_scope(modifier, where, match, found.words) for modifier, where in acting)
        for rule, match in found.phrases
    )
