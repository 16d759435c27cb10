import { expect, test } from 'vitest';
import type { Alert } from '../api/model';
import { anAlert, aReport } from '../builders';
import { NO_FILTERS } from '../shell/address';
import { arrange, byUrgencyThenAge, fits } from './order';

const at = (minute: number): string => `2026-11-24T18:${String(minute).padStart(2, '0')}:00.000Z`;
const ids = (alerts: readonly Alert[]): string[] => alerts.map((alert) => alert.alert_id);
const known = (alerts: readonly Alert[]): Map<string, Alert> =>
  new Map(alerts.map((alert) => [alert.alert_id, alert]));

test('the most urgent comes first, then the one that has waited longest', () => {
  const alerts = [
    anAlert({ alert_id: 'low', urgency: 'low', opened_at: at(1) }),
    anAlert({ alert_id: 'critical, new', urgency: 'critical', opened_at: at(9) }),
    anAlert({ alert_id: 'critical, old', urgency: 'critical', opened_at: at(3) }),
    anAlert({ alert_id: 'none', urgency: 'none', opened_at: at(0) }),
  ];
  expect(ids(alerts.sort(byUrgencyThenAge))).toEqual(['critical, old', 'critical, new', 'low', 'none']);
});

test('each filter hides what does not fit it', () => {
  const alert = anAlert({ also: ['gas'] });
  expect(fits(alert, NO_FILTERS)).toBe(true);
  expect(fits(alert, { ...NO_FILTERS, states: ['resolved'] })).toBe(false);
  expect(fits(alert, { ...NO_FILTERS, leastUrgency: 'critical' })).toBe(false);
  expect(fits(alert, { ...NO_FILTERS, leastUrgency: 'medium' })).toBe(true);
  expect(fits(alert, { ...NO_FILTERS, category: 'gas' })).toBe(true);
  expect(fits(alert, { ...NO_FILTERS, category: 'flood' })).toBe(false);
});

test('search finds titles, places and reports, typed without Polish letters and case', () => {
  const alert = anAlert({
    evidence: [aReport({ text: 'Płonie łąka przy Sanie' })],
  });
  for (const text of ['pozar', 'MICKIEWICZA', ' plonie laka ', 'łąka']) {
    expect(fits(alert, { ...NO_FILTERS, text })).toBe(true);
  }
  expect(fits(alert, { ...NO_FILTERS, text: 'woda' })).toBe(false);
});

test('a list nobody points at shows exactly what is wanted, in order', () => {
  const wanted = [anAlert({ alert_id: 'a' }), anAlert({ alert_id: 'b' })];
  expect(arrange(['b', 'gone'], wanted, known(wanted), false)).toEqual(['a', 'b']);
});

test('rows under the pointer stay in their order and none leaves', () => {
  const raised = anAlert({ alert_id: 'raised', urgency: 'critical' });
  const resolved = anAlert({ alert_id: 'resolved', state: 'resolved' });
  const other = anAlert({ alert_id: 'other' });
  const shown = ['other', 'resolved', 'raised'];
  expect(arrange(shown, [raised, other], known([raised, resolved, other]), true)).toEqual(shown);
});

test('a new alert goes into a held list where it belongs', () => {
  const high = anAlert({ alert_id: 'high' });
  const low = anAlert({ alert_id: 'low', urgency: 'low' });
  const critical = anAlert({ alert_id: 'critical', urgency: 'critical' });
  const medium = anAlert({ alert_id: 'medium', urgency: 'medium' });
  const none = anAlert({ alert_id: 'none', urgency: 'none' });
  const wanted = [critical, high, medium, low, none];
  expect(arrange(['high', 'low'], wanted, known(wanted), true)).toEqual(ids(wanted));
});
