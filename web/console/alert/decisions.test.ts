import { expect, test } from 'vitest';
import { ConsoleApi } from '../api/client';
import type { Alert } from '../api/model';
import { anAlert } from '../builders';
import { Decisions } from './decisions.svelte';

type Answers = Record<string, (() => Response)[]>;

/** Decisions against a console that gives these answers in turn; the wait for news takes no time. */
function deciding(answers: Answers) {
  const sent: { path: string; body: unknown }[] = [];
  const accepted: Alert[] = [];
  const api = new ConsoleApi((path, init) => {
    const key = `${init?.method ?? 'GET'} ${path as string}`;
    sent.push({ path: key, body: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined });
    const left = answers[key] ?? [];
    const answer = left.length > 1 ? left.shift() : left[0];
    return answer === undefined ? Promise.reject(new Error('away')) : Promise.resolve(answer());
  });
  const waiting = {
    news: (id: string) => (id === '' ? new Promise<void>(() => undefined) : Promise.resolve()),
  };
  return { decisions: new Decisions(api, waiting, (alert) => accepted.push(alert)), sent, accepted };
}

const DECIDE = 'POST v1/alerts/alert-1/decisions';
const LOOK = 'GET v1/decisions/d1';
const accepted202 = (): Response => Response.json({ decision_id: 'd1' }, { status: 202 });
const outcome =
  (state: string, reason = '') =>
  (): Response =>
    Response.json({ decision_id: 'd1', state, reason });

async function settled(decisions: Decisions): Promise<void> {
  await expect.poll(() => decisions.isUnderWay('alert-1')).toBe(false);
}

test('a decision is pending until the log says that it was applied', async () => {
  const { decisions, sent } = deciding({
    [DECIDE]: [accepted202],
    [LOOK]: [outcome('pending'), outcome('applied')],
  });
  void decisions.decide('acknowledge', anAlert({ version: 5 }));
  expect(decisions.of('alert-1')?.state).toBe('sending');
  await settled(decisions);
  expect(decisions.of('alert-1')?.state).toBe('applied');
  expect(sent[0]?.body).toEqual({ kind: 'acknowledge', if_version: 5 });
  expect(sent.filter((call) => call.path === LOOK)).toHaveLength(2);
});

test('a stale decision shows both versions and passes the newer one on', async () => {
  const now = anAlert({ version: 6, state: 'acknowledged' });
  const { decisions, accepted } = deciding({
    [DECIDE]: [() => Response.json({ status: 409, alert: now }, { status: 409 })],
  });
  await decisions.decide('resolve', anAlert({ version: 5 }));
  expect(decisions.of('alert-1')).toMatchObject({
    state: 'conflict',
    now: { version: 6 },
    seen: { version: 5 },
  });
  expect(accepted).toHaveLength(1);
});

test('who loses the race in the log sees the same conflict', async () => {
  const { decisions } = deciding({
    [DECIDE]: [accepted202],
    [LOOK]: [outcome('refused', 'stale')],
    'GET v1/alerts/alert-1': [() => Response.json(anAlert({ version: 6 }))],
  });
  await decisions.decide('resolve', anAlert({ version: 5 }));
  expect(decisions.of('alert-1')?.state).toBe('conflict');
});

test('a refusal for another reason is shown with it until it is put away', async () => {
  const { decisions } = deciding({
    [DECIDE]: [accepted202],
    [LOOK]: [outcome('refused', 'too_many_recipients')],
    'GET v1/alerts/alert-1': [() => Response.json(anAlert({ version: 5 }))],
  });
  await decisions.decide('publish', anAlert({ version: 5 }));
  expect(decisions.of('alert-1')).toMatchObject({ state: 'refused', reason: 'too_many_recipients' });
  decisions.clear('alert-1');
  expect(decisions.of('alert-1')).toBeUndefined();
});

test('a second decision waits its turn', async () => {
  const { decisions, sent } = deciding({ [DECIDE]: [accepted202], [LOOK]: [outcome('applied')] });
  void decisions.decide('acknowledge', anAlert());
  void decisions.decide('resolve', anAlert());
  await settled(decisions);
  expect(sent.filter((call) => call.path === DECIDE)).toHaveLength(1);
});

test('a console that is away is told, and nothing is shown as done', async () => {
  const { decisions } = deciding({});
  await decisions.decide('resolve', anAlert());
  expect(decisions.of('alert-1')).toMatchObject({ state: 'failed', problem: { kind: 'network' } });
});
