"""Who is on duty, and by what each can be reached."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from shared.events import Category, Channel, Language, Urgency

__all__ = ["Contact", "DutyPerson", "Recipient", "recipients"]


@dataclass(frozen=True, slots=True)
class Contact:
    """`address` is a number, a mail address or a push endpoint; it never leaves the service."""

    contact_id: str
    channel: Channel
    address: str


@dataclass(frozen=True, slots=True)
class DutyPerson:
    """An empty set of teams, urgencies or categories means all of them."""

    person_id: str
    language: Language
    contacts: tuple[Contact, ...]
    teams: frozenset[str] = frozenset()
    urgencies: frozenset[Urgency] = frozenset()
    categories: frozenset[Category] = frozenset()
    off: frozenset[str] = frozenset()
    """The teams in which somebody else has the turn now."""

    def hears(self, team: str, category: Category, urgency: Urgency) -> bool:
        return (
            (not self.teams or team in self.teams)
            and team not in self.off
            and (not self.urgencies or urgency in self.urgencies)
            and (not self.categories or category in self.categories)
        )


@dataclass(frozen=True, slots=True)
class Recipient:
    """One contact of one person, and the team for which it is told."""

    recipient_id: str
    channel: Channel
    language: Language
    team: str


def recipients(
    told: Mapping[str, AbstractSet[Channel]], duty: Iterable[DutyPerson], category: Category, urgency: Urgency
) -> tuple[Recipient, ...]:
    """Everyone on duty whom these teams' channels reach. The same address is told once, whatever teams and people share it."""
    chosen: dict[tuple[Channel, str], Recipient] = {}
    for person in duty:
        for team, channels in told.items():
            if person.hears(team, category, urgency):
                for contact in _by(person, channels):
                    recipient = Recipient(contact.contact_id, contact.channel, person.language, team)
                    chosen.setdefault((contact.channel, contact.address), recipient)
    return tuple(chosen.values())


def _by(person: DutyPerson, channels: AbstractSet[Channel]) -> Iterator[Contact]:
    return (contact for contact in person.contacts if contact.channel in channels)
