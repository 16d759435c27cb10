import type { Alert } from '../api/model';

/** The fields of an alert that a decision rests on, in the order they are shown. */
export const DECISIVE = [
  'state',
  'urgency',
  'category',
  'title',
  'place',
  'acknowledged_by',
  'assigned_to',
  'merged_into',
  'public',
] as const satisfies readonly (keyof Alert)[];
export type Decisive = (typeof DECISIVE)[number];

export interface Change {
  readonly field: Decisive | 'evidence';
}

/** What is different between the alert a person saw and the one that is there now. */
export function changes(seen: Alert, now: Alert): Change[] {
  const fields: Change[] = DECISIVE.filter((field) => (seen[field] ?? null) !== (now[field] ?? null)).map(
    (field) => ({ field }),
  );
  const more = seen.report_count !== now.report_count || seen.reading_count !== now.reading_count;
  return more ? [...fields, { field: 'evidence' }] : fields;
}
