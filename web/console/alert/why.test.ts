import { expect, test } from 'vitest';
import type { Evidence, Explanation, Urgency } from '../api/model';
import { anAlert, aReport } from '../builders';
import { strongest, terms } from './why';

const explanation = (points_sum: number): Explanation => ({
  base: 10,
  phrases: [{ start: 0, end: 5, text: 'pożar', kind: 'fire', points: 40 }],
  modifiers: [{ start: 6, end: 12, text: 'wczoraj', kind: 'past', points: -15 }],
  rules: [{ code: 'floor', text: 'życie', points: points_sum - 35 }],
  points_sum,
});

const report = (text: string, urgency: Urgency, points_sum: number): Evidence =>
  aReport({ text, urgency, explanation: explanation(points_sum) });

test('the most urgent report explains the alert, of equals the one with most points', () => {
  const evidence = [report('a', 'medium', 99), report('b', 'critical', 80), report('c', 'critical', 91)];
  expect(strongest(anAlert({ evidence }))?.text).toBe('c');
});

test('readings explain nothing in words', () => {
  expect(
    strongest(anAlert({ evidence: [aReport({ kind: 'reading', urgency: 'critical' })] })),
  ).toBeUndefined();
});

test('the terms shown add up to the sum shown', () => {
  const shown = terms(explanation(62));
  expect(shown.map((term) => term.kind)).toEqual(['base', 'phrase', 'modifier', 'rule']);
  expect(shown.reduce((sum, term) => sum + term.points, 0)).toBe(62);
});
