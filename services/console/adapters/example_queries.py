"""Reads the decisions that corrected an alert, with the alert's reports."""

from itertools import groupby

from sqlalchemy import select

from services.console.adapters.tables import decisions, evidence, reports
from services.console.core.learning_examples import CORRECTIONS, LearningExample, ReportRead, examples_of
from shared.database import Database
from shared.events import Category, DecisionState, DecisionTaken, Urgency

__all__ = ["learning_examples"]


async def learning_examples(database: Database) -> list[LearningExample]:
    """By alert, in the order of their first correction. Reports whose text is no longer kept are left out."""
    taken = (
        select(decisions.c.alert_id, decisions.c.event)
        .where(decisions.c.kind.in_(CORRECTIONS), decisions.c.state == DecisionState.APPLIED)
        .where(decisions.c.event.is_not(None))
        .order_by(decisions.c.alert_id, decisions.c.taken_at, decisions.c.decision_id)
    )
    told = (
        select(evidence.c.alert_id, reports.c.report_id, reports.c.text, reports.c.category, reports.c.urgency)
        .join(reports, reports.c.report_id == evidence.c.report_id)
        .where(reports.c.text.is_not(None), reports.c.category.is_not(None), reports.c.urgency.is_not(None))
        .order_by(evidence.c.alert_id, reports.c.report_id)
    )
    found: list[LearningExample] = []
    async with database.read() as connection:
        corrected = (await connection.execute(taken)).all()
        wanted = {row.alert_id for row in corrected}
        by_alert = {
            alert_id: [
                ReportRead(row.report_id, row.text, Category(row.category), Urgency(row.urgency)) for row in rows
            ]
            for alert_id, rows in groupby(await connection.execute(told), key=lambda row: row.alert_id)
            if alert_id in wanted
        }
    for alert_id, rows in groupby(corrected, key=lambda row: row.alert_id):
        events = [DecisionTaken.model_validate_json(row.event) for row in rows]
        found += examples_of(alert_id, events, by_alert.get(alert_id, []))
    return found
