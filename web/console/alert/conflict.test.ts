import { expect, test } from 'vitest';
import { anAlert } from '../builders';
import { changes } from './conflict';

test('every decisive difference is named, in order, and nothing else', () => {
  const seen = anAlert({ assigned_to: null });
  const now = anAlert({
    version: 4,
    state: 'acknowledged',
    acknowledged_by: 'ewa',
    score: 90,
    report_count: 3,
  });
  expect(changes(seen, now).map((change) => change.field)).toEqual(['state', 'acknowledged_by', 'evidence']);
});

test('null and not given are the same', () => {
  const seen = anAlert();
  delete seen.merged_into;
  expect(changes(seen, anAlert({ version: 2, merged_into: null }))).toEqual([]);
});
