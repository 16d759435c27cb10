import { beforeAll, expect, test } from 'vitest';
import type { TimelineEntry } from '../api/model';
import { say, speech } from '../words/speech.svelte';
import { tell } from './telling';

const entry = (over: Partial<TimelineEntry>): TimelineEntry => ({
  at: '2026-11-24T18:00:00Z',
  kind: 'opened',
  ...over,
});
const what = (over: Partial<TimelineEntry>): string => tell(entry(over), say).what;

beforeAll(() => {
  speech.language = 'en';
});

test('changes are told with both values in the reader’s words', () => {
  expect(what({ kind: 'urgency_changed', before: 'low', after: 'critical' })).toBe('Urgency: Low → Critical');
  expect(what({ kind: 'state_changed', before: 'open', after: 'resolved' })).toBe('State: Open → Resolved');
});

test('what joined is counted', () => {
  expect(what({ kind: 'reports_joined', count: 3 })).toBe('3 reports joined');
});

test('a note keeps the writer’s words, a refusal its reason', () => {
  const note = tell(
    entry({ kind: 'decision', decision: 'note', state: 'applied', text: '<b>Call back</b>' }),
    say,
  );
  expect(note).toEqual({ what: 'Note', words: '<b>Call back</b>' });
  const refused = tell(
    entry({ kind: 'decision', decision: 'resolve', state: 'refused', reason: 'stale' }),
    say,
  );
  expect(refused).toEqual({ what: 'Resolve: refused', words: 'stale' });
  const closed = entry({ kind: 'decision', decision: 'assign', state: 'refused', reason: 'alert_closed' });
  expect(tell(closed, say).words).toBe('The alert is closed.');
});

test('a notification tells who, by what and how far', () => {
  expect(what({ kind: 'notification', recipient: 'Duty', channel: 'sms', state: 'failed' })).toBe(
    'Duty, SMS: Failed',
  );
});

test('a code that is new to this console is shown as it is', () => {
  expect(what({ kind: 'decision', decision: 'teleport' as 'note', state: 'applied' })).toBe('teleport');
  expect(what({ kind: 'something_new' as TimelineEntry['kind'] })).toBe('something_new');
});
