"""Who on duty is told, why, and what waits."""

from dataclasses import replace
from datetime import timedelta

from services.notifier.plan.core.duty import Contact, DutyPerson
from services.notifier.plan.core.telling import Decision, Plan, PublicTelling, Why, decide, decide_step
from shared.events import AlertChanged, AlertState, Category, Channel, Language, Urgency
from shared.pack import Routing
from tests.notifier_builders import START, alert, pack

PACK = pack()
ROUTING = PACK.routing
ANNA = DutyPerson(
    "anna",
    Language.PL,
    (
        Contact("a1", Channel.SMS, "+48600100100"),
        Contact("a2", Channel.EMAIL, "a@x.pl"),
        Contact("a3", Channel.APP, "e"),
    ),
)


def told(decision: Decision) -> set[tuple[str, Channel]]:
    return {(telling.recipient.recipient_id, telling.recipient.channel) for telling in decision.tellings}


def planned(one: AlertChanged, plan: Plan | None = None, routing: Routing = ROUTING) -> Decision:
    return decide(plan, one, routing, [ANNA])


def test_every_alert_of_high_or_more_tells_an_sms_an_email_and_an_app() -> None:
    for urgency in (Urgency.HIGH, Urgency.CRITICAL):
        for category in Category:
            decision = planned(alert(urgency=urgency, category=category))
            assert {channel for _, channel in told(decision)} == set(Channel), (urgency, category)
            assert decision.reason is Why.FIRST_SIGHT


def test_updates_are_folded() -> None:
    first = alert()
    plan = planned(first).plan
    decision = planned(first.model_copy(update={"version": 2, "report_count": 9}), plan)
    assert (decision.reason, decision.tellings) == (Why.FOLDED, ())


def test_a_version_seen_before_changes_nothing() -> None:
    first = alert(version=3)
    plan = planned(first).plan
    assert planned(first, plan) == Decision(Why.SEEN, plan)


def test_a_rise_tells_again_and_a_fall_does_not() -> None:
    first = alert(urgency=Urgency.HIGH)
    plan = planned(first).plan
    rise = planned(first.model_copy(update={"version": 2, "urgency": Urgency.CRITICAL}), plan)
    assert rise.reason is Why.URGENCY_ROSE
    assert len(rise.tellings) == 3
    assert rise.stop is Why.URGENCY_ROSE
    fall = planned(first.model_copy(update={"version": 3, "urgency": Urgency.HIGH}), rise.plan)
    assert fall.reason is Why.FOLDED


def test_below_every_step_nobody_is_told_until_it_rises() -> None:
    first = alert(urgency=Urgency.NONE)
    decision = planned(first)
    assert (decision.reason, decision.tellings) == (Why.TELLS_NOBODY, ())
    later = planned(first.model_copy(update={"version": 2, "urgency": Urgency.HIGH}), decision.plan)
    assert later.tellings


def test_critical_waits_for_an_answer_from_when_it_rose() -> None:
    decision = decide(None, alert(), ROUTING, [ANNA], time_scale=0.1)
    assert [(step.step, step.due_at - START) for step in decision.waits] == [
        (2, timedelta(seconds=12)),
        (3, timedelta(seconds=30)),
    ]


def test_an_answer_stops_what_waits() -> None:
    first = alert()
    decision = planned(first)
    for state in (AlertState.ACKNOWLEDGED, AlertState.RESOLVED, AlertState.DISMISSED):
        answered = planned(first.model_copy(update={"version": 2, "state": state}), decision.plan)
        assert answered.stop is not None
        late = decide_step(answered.plan, first, decision.waits[0], ROUTING, [ANNA], START)
        assert late.tellings == ()


def test_a_step_that_is_due_tells_with_how_long_nobody_answered() -> None:
    first = alert()
    decision = planned(first)
    due = decide_step(decision.plan, first, decision.waits[0], ROUTING, [ANNA], START + timedelta(minutes=2))
    assert due.reason is Why.STEP_DUE
    assert {telling.purpose for telling in due.tellings} == {"escalation"}
    assert due.tellings[0].waited == timedelta(minutes=2)


def test_the_same_phone_rings_once_whoever_owns_it() -> None:
    twin = replace(ANNA, person_id="twin", contacts=(Contact("t1", Channel.SMS, "+48600100100"),))
    decision = decide(None, alert(), ROUTING, [ANNA, twin])
    assert sum(1 for _, channel in told(decision) if channel is Channel.SMS) == 1


def test_people_hear_only_of_what_they_are_there_for() -> None:
    someone = replace(ANNA, teams=frozenset({"water"}))
    assert decide(None, alert(category=Category.FIRE), ROUTING, [someone]).reason is Why.NOBODY_REACHED
    assert decide(None, alert(category=Category.FLOOD), ROUTING, [someone]).tellings
    picky = replace(ANNA, urgencies=frozenset({Urgency.CRITICAL}))
    assert decide(None, alert(urgency=Urgency.HIGH), ROUTING, [picky]).reason is Why.NOBODY_REACHED


def test_reopening_is_a_new_round() -> None:
    first = alert()
    closed = planned(first.model_copy(update={"version": 2, "state": AlertState.RESOLVED}), planned(first).plan)
    again = planned(first.model_copy(update={"version": 3}), closed.plan)
    assert again.reason is Why.REOPENED
    assert again.tellings[0].step_name != planned(first).tellings[0].step_name


def test_residents_hear_only_what_a_person_published_and_its_end() -> None:
    first = alert()
    decision = planned(first)
    assert decision.public is None
    public = planned(first.model_copy(update={"version": 2, "public": True}), decision.plan)
    assert public.public is PublicTelling.PUBLISH
    same = planned(first.model_copy(update={"version": 3, "public": True}), public.plan)
    assert same.public is None
    over = planned(first.model_copy(update={"version": 4, "public": True, "state": AlertState.RESOLVED}), same.plan)
    assert over.public is PublicTelling.ALL_CLEAR
    assert planned(first.model_copy(update={"version": 5, "state": AlertState.RESOLVED}), over.plan).public is None


def test_a_merged_alert_is_not_called_off() -> None:
    first = alert(public=True)
    plan = planned(first).plan
    merged = first.model_copy(update={"version": 2, "state": AlertState.RESOLVED, "merged_into": "other"})
    assert planned(merged, plan).public is None


def test_what_was_over_before_it_was_seen_tells_nobody() -> None:
    assert planned(alert(state=AlertState.RESOLVED)).reason is Why.CLOSED_AT_FIRST_SIGHT
