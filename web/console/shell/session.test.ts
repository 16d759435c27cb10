import { expect, test } from 'vitest';
import { ConsoleApi } from '../api/client';
import { SessionState } from './session.svelte';

test('a session that ends by itself is said, however many requests learn of it', async () => {
  const user = { username: 'ola', role: 'operator' };
  const answers = [new Response(JSON.stringify({ user, csrf_token: 't' }), { status: 200 })];
  const api = new ConsoleApi(() =>
    Promise.resolve(answers.shift() ?? new Response(JSON.stringify({ title: 'Sign in' }), { status: 401 })),
  );
  const session = new SessionState(api);
  await session.resume();
  expect(session.status).toBe('in');
  await Promise.allSettled([api.alert('a'), api.alert('b'), api.alert('c')]);
  expect(session.status).toBe('out');
  expect(session.ended).toBe(true);
});
