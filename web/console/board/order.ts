import { URGENCIES, type Alert } from '../api/model';
import type { Filters } from '../shell/address';

/** Most urgent first; of equally urgent ones the one that has waited longest. */
export function byUrgencyThenAge(one: Alert, other: Alert): number {
  return (
    URGENCIES.indexOf(one.urgency) - URGENCIES.indexOf(other.urgency) ||
    one.opened_at.localeCompare(other.opened_at) ||
    one.alert_id.localeCompare(other.alert_id)
  );
}

export function fits(alert: Alert, filters: Filters): boolean {
  return (
    filters.states.includes(alert.state) &&
    (filters.leastUrgency === undefined ||
      URGENCIES.indexOf(alert.urgency) <= URGENCIES.indexOf(filters.leastUrgency)) &&
    (filters.category === undefined ||
      alert.category === filters.category ||
      alert.also.includes(filters.category)) &&
    hasText(alert, filters.text)
  );
}

/** Compares without case and without the marks on letters, as an operator types in haste. */
function hasText(alert: Alert, text: string): boolean {
  if (text.trim() === '') return true;
  const texts = [alert.title, alert.place ?? '', ...alert.evidence.map((piece) => piece.text ?? '')];
  const wanted = plain(text.trim());
  return texts.some((candidate) => plain(candidate).includes(wanted));
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ł', 'l');
}

/**
 * The order of rows to show: `wanted` itself, or, while someone points at the list (`held`), the rows where they are.
 *
 * A held list keeps its rows in their order, those that no longer belong too; new ones go in where they belong among
 * them. So rows above the pointer only ever grow in number, and scrolling by their height keeps the pointed one still.
 */
export function arrange(
  shown: readonly string[],
  wanted: readonly Alert[],
  known: ReadonlyMap<string, Alert>,
  held: boolean,
): string[] {
  if (!held) return wanted.map((alert) => alert.alert_id);
  const rows = shown.filter((id) => known.has(id));
  const there = new Set(rows);
  for (const alert of wanted) {
    if (there.has(alert.alert_id)) continue;
    const after = rows.findIndex((id) => {
      const row = known.get(id);
      return row !== undefined && byUrgencyThenAge(alert, row) < 0;
    });
    rows.splice(after === -1 ? rows.length : after, 0, alert.alert_id);
  }
  return rows;
}
