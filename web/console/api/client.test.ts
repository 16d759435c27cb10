import { expect, test } from 'vitest';
import { ConsoleApi } from './client';
import { Problem } from './problem';

interface Sent {
  path: string;
  init: RequestInit;
}

function consoleThatAnswers(...answers: (Response | Error)[]): { api: ConsoleApi; sent: Sent[] } {
  const sent: Sent[] = [];
  const api = new ConsoleApi((path, init) => {
    sent.push({ path: path as string, init: init ?? {} });
    const answer = answers.shift();
    return answer instanceof Response ? Promise.resolve(answer) : Promise.reject(answer ?? new Error('away'));
  });
  return { api, sent };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers });

const session = { user: { username: 'ola', role: 'operator' }, csrf_token: 'token-1' };

async function problemOf(call: Promise<unknown>): Promise<Problem> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Problem)) throw new Error('a problem was expected');
  return error;
}

test('what changes something carries the token of the session, reading does not', async () => {
  const { api, sent } = consoleThatAnswers(
    json(200, session),
    json(200, { alerts: [], stream_position: 1 }),
    json(202, { decision_id: 'd' }),
  );
  await api.signIn('ola', 'secret');
  await api.alerts({ state: 'open', q: undefined });
  await api.decide('a/b', { kind: 'acknowledge', if_version: 3 });
  expect(sent.map((call) => call.path)).toEqual([
    'v1/session',
    'v1/alerts?state=open',
    'v1/alerts/a%2Fb/decisions',
  ]);
  expect(sent.map((call) => new Headers(call.init.headers).get('X-CSRF-Token'))).toEqual([
    null,
    null,
    'token-1',
  ]);
});

test('a conflict brings the alert as it is now', async () => {
  const { api } = consoleThatAnswers(json(409, { status: 409, detail: 'stale', alert: { version: 7 } }));
  const problem = await problemOf(api.decide('a', { kind: 'resolve', if_version: 6 }));
  expect(problem.kind).toBe('conflict');
  expect(problem.alert?.version).toBe(7);
});

test('a limit says how long to wait', async () => {
  const { api } = consoleThatAnswers(json(429, {}, { 'Retry-After': '17' }));
  const problem = await problemOf(api.signIn('ola', 'wrong'));
  expect([problem.kind, problem.retryAfter_s]).toEqual(['limited', 17]);
});

test('no answer and an answer that is not JSON are problems with a name', async () => {
  const { api } = consoleThatAnswers(new Error('offline'), new Response('<html>', { status: 502 }));
  expect((await problemOf(api.city())).kind).toBe('network');
  expect((await problemOf(api.city())).kind).toBe('unexpected');
});

test('a lost session is told once to whoever shows the pages, a wrong password is not', async () => {
  const { api } = consoleThatAnswers(json(401, {}), json(401, {}));
  let lost = 0;
  api.onSignedOut = () => (lost += 1);
  await problemOf(api.signIn('ola', 'wrong'));
  expect(lost).toBe(0);
  await problemOf(api.alerts({}));
  expect(lost).toBe(1);
});

test('sensors are read page after page to the last', async () => {
  const { api, sent } = consoleThatAnswers(
    json(200, { sensors: [{ sensor_id: 'a' }], next_cursor: 'more' }),
    json(200, { sensors: [{ sensor_id: 'b' }], next_cursor: null }),
  );
  expect((await api.sensors()).map((sensor) => sensor.sensor_id)).toEqual(['a', 'b']);
  expect(sent[1]?.path).toBe('v1/sensors?cursor=more');
});
