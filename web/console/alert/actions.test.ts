import { expect, test } from 'vitest';
import { anAlert } from '../builders';
import { decisionsFor } from './actions';

test('an open alert is acknowledged first, an acknowledged one resolved', () => {
  expect(decisionsFor(anAlert())).toEqual(['acknowledge', 'resolve', 'dismiss', 'note', 'publish']);
  expect(decisionsFor(anAlert({ state: 'acknowledged' }))[0]).toBe('resolve');
});

test('a closed alert can only be opened again or noted', () => {
  expect(decisionsFor(anAlert({ state: 'resolved' }))).toEqual(['reopen', 'note']);
  expect(decisionsFor(anAlert({ state: 'dismissed' }))).toEqual(['reopen', 'note']);
});

test('what is published is not published again', () => {
  expect(decisionsFor(anAlert({ public: true }))).not.toContain('publish');
});
