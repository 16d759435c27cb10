import type { Alert, Evidence, Notification, Sensor } from './api/model';

/** An alert for tests: a house fire, with what matters to the test put over it. */
export function anAlert(over: Partial<Alert> = {}): Alert {
  return {
    alert_id: 'alert-1',
    city: 'przemysl',
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

/** A report that speaks for an alert. */
export function aReport(over: Partial<Evidence> = {}): Evidence {
  return { kind: 'report', at: '2026-11-24T18:00:00.000Z', urgency: 'high', score: 71, ...over };
}

/** An SMS that was delivered. */
export function aNotification(over: Partial<Notification> = {}): Notification {
  return {
    notification_id: 'notification-1',
    purpose: 'alert',
    channel: 'sms',
    recipient: 'Duty A',
    provider: 'a',
    step: 1,
    urgency: 'critical',
    state: 'delivered',
    reason: '',
    attempts: 1,
    requested_at: '2026-11-24T18:00:00.000Z',
    changed_at: '2026-11-24T18:00:01.000Z',
    ...over,
  };
}

/** A river gauge in order. */
export function aSensor(over: Partial<Sensor> = {}): Sensor {
  return {
    sensor_id: 'san-przemysl-1',
    quantity: 'water_level',
    unit: 'cm',
    name: 'San',
    lat: null,
    lon: null,
    state: 'ok',
    value: 140,
    at: '2026-11-24T18:00:00.000Z',
    ...over,
  };
}
