import { expect, test } from 'vitest';
import { age, clock } from './times';

const now_ms = Date.parse('2026-11-24T18:00:00Z');
const ago = (ms: number): string => new Date(now_ms - ms).toISOString();

test('an age is told in the largest unit that fits', () => {
  expect([5_000, 61_000, 3_700_000, 200_000_000].map((ms) => age(ago(ms), now_ms, 'en'))).toEqual([
    '5 sec',
    '1 min',
    '1 hr',
    '2 days',
  ]);
});

test('a clock that runs ahead of ours is no age at all', () => {
  expect(age(ago(-5_000), now_ms, 'en')).toBe('0 sec');
});

test('the day is named only when it is another', () => {
  expect(clock(ago(0), now_ms, 'en-GB')).not.toMatch(/Nov/);
  expect(clock(ago(3 * 86_400_000), now_ms, 'en-GB')).toMatch(/21 Nov/);
});
