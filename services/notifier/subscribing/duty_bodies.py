"""People on duty as a city writes them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from services.notifier.adapters.store.duty import DutyEntry, NewContact
from services.notifier.subscribing.bodies import PushSubscription, mail_address, phone_number
from shared.errors import Invalid
from shared.events import Category, Channel, Language, Urgency
from shared.pack import CityPack
from shared.web.text import CleanText, RequestBody

__all__ = ["DutyBody", "duty_entry"]


class ContactBody(RequestBody):
    channel: Channel
    address: Annotated[CleanText, Field(min_length=1, max_length=320)] | None = None
    push_subscription: PushSubscription | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if (self.channel is Channel.APP) != (self.push_subscription is not None) or (
            self.channel is not Channel.APP and self.address is None
        ):
            raise ValueError("app needs a `push_subscription`, the other channels an `address`")
        return self


class DutyBody(RequestBody):
    """Without teams, urgencies or categories: all of them."""

    name: Annotated[CleanText, Field(min_length=1, max_length=200)]
    language: Language
    contacts: Annotated[list[ContactBody], Field(min_length=1, max_length=20)]
    teams: list[str] = Field(default_factory=list)
    urgencies: list[Urgency] = Field(default_factory=list)
    categories: list[Category] = Field(default_factory=list)


def duty_entry(body: DutyBody, pack: CityPack) -> DutyEntry:
    """Raises Invalid."""
    unknown = sorted(set(body.teams) - {team.id for team in pack.routing.teams})
    if unknown:
        raise Invalid("unknown_team", f"the pack has no team {', '.join(unknown)[:100]}")
    return DutyEntry(
        body.name,
        body.language,
        tuple(_contact(each, pack) for each in body.contacts),
        tuple(body.teams),
        tuple(body.urgencies),
        tuple(body.categories),
    )


def _contact(body: ContactBody, pack: CityPack) -> NewContact:
    if body.push_subscription is not None:
        return NewContact(body.channel, body.push_subscription.endpoint, body.push_subscription.keys.model_dump())
    assert body.address is not None
    if body.channel is Channel.SMS:
        return NewContact(body.channel, phone_number(body.address, pack.city.country))
    return NewContact(body.channel, mail_address(body.address))
