import type { Alert } from './api/model';

/** An alert for tests: a house fire, with what matters to the test put over it. */
export function anAlert(over: Partial<Alert> = {}): Alert {
  return {
    alert_id: 'alert-1',
    version: 1,
    state: 'open',
    category: 'fire',
    also: [],
    urgency: 'high',
    score: 71,
    title: 'Pożar',
    place: 'ul. Mickiewicza 12',
    lat: 49.784,
    lon: 22.77,
    radius_m: 150,
    opened_at: '2026-11-24T18:00:00.000Z',
    changed_at: '2026-11-24T18:00:00.000Z',
    acknowledged_by: null,
    assigned_to: null,
    report_count: 1,
    reading_count: 0,
    evidence: [],
    evidence_total: 1,
    reasons: [],
    suggested_merges: [],
    merged_into: null,
    needs_review: false,
    public: false,
    exercise: false,
    ...over,
  };
}
