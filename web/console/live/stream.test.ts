import { expect, test } from 'vitest';
import type { Alert } from '../api/model';
import { AlertStream, type EventSourceLike, type Freshness, type Surroundings } from './stream';

class FakeSource implements EventSourceLike {
  readyState = 0;
  readonly #listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly address: string) {}

  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.#listeners.set(type, listener);
  }

  close(): void {
    this.readyState = 2;
  }

  send(type: string, data: unknown = {}, lastEventId = ''): void {
    this.#listeners.get(type)?.(new MessageEvent(type, { data: JSON.stringify(data), lastEventId }));
  }
}

class FakeWorld implements Surroundings {
  readonly sources: FakeSource[] = [];
  #now_ms = 0;
  #timers: { at_ms: number; call: () => void }[] = [];

  open(address: string): EventSourceLike {
    const source = new FakeSource(address);
    this.sources.push(source);
    return source;
  }

  now_ms(): number {
    return this.#now_ms;
  }

  later(call: () => void, delay_ms: number): () => void {
    const timer = { at_ms: this.#now_ms + delay_ms, call };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  pass(ms: number): void {
    const until_ms = this.#now_ms + ms;
    for (;;) {
      const next = this.#timers.filter((t) => t.at_ms <= until_ms).sort((a, b) => a.at_ms - b.at_ms)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now_ms = next.at_ms;
      next.call();
    }
    this.#now_ms = until_ms;
  }

  get newest(): FakeSource {
    const source = this.sources.at(-1);
    if (source === undefined) throw new Error('no stream was opened');
    return source;
  }
}

function following(position = '41') {
  const world = new FakeWorld();
  const heard: { alerts: number[]; resets: number; freshness: Freshness[] } = {
    alerts: [],
    resets: 0,
    freshness: [],
  };
  const stream = new AlertStream(
    position,
    {
      alert: (alert: Alert) => heard.alerts.push(alert.version),
      reset: () => (heard.resets += 1),
      freshness: (freshness) => heard.freshness.push(freshness),
    },
    world,
  );
  stream.start();
  return { world, heard, stream };
}

test('the stream is followed from the position of the list', () => {
  const { world, heard } = following('41');
  expect(world.newest.address).toBe('v1/alerts/stream?after=41');
  world.newest.send('alert', { version: 3 }, '42');
  expect(heard.alerts).toEqual([3]);
  expect(heard.freshness.at(-1)).toBe('live');
});

test('heartbeats keep it live; fifteen seconds of silence are stale', () => {
  const { world, heard } = following();
  for (let beat = 0; beat < 4; beat += 1) {
    world.newest.send('heartbeat');
    world.pass(10_000);
  }
  expect(heard.freshness).not.toContain('stale');
  world.pass(5_000);
  expect(heard.freshness.at(-1)).toBe('stale');
});

test('a stream that died in silence is opened again from the last alert seen', () => {
  const { world, heard } = following('41');
  world.newest.send('alert', { version: 1 }, '57');
  const dead = world.newest;
  world.pass(16_000);
  expect(world.newest.address).toBe('v1/alerts/stream?after=57');
  expect(dead.readyState).toBe(2);
  dead.send('alert', { version: 99 }, '58');
  expect(heard.alerts).toEqual([1]);
  world.newest.send('open');
  expect(heard.freshness.at(-1)).toBe('live');
});

test('a lost connection is left to the browser, a refused one is tried again ever more slowly', () => {
  const { world } = following();
  world.newest.send('error');
  world.pass(5_000);
  expect(world.sources).toHaveLength(1);
  const waits = [500, 1_000, 2_000];
  for (const wait_ms of waits) {
    world.newest.readyState = 2;
    world.newest.send('error');
    const before = world.sources.length;
    world.pass(wait_ms - 1);
    expect(world.sources).toHaveLength(before);
    world.pass(1);
    expect(world.sources).toHaveLength(before + 1);
  }
});

test('a reset ends this stream and asks for the list', () => {
  const { world, heard } = following();
  world.newest.send('reset');
  expect(heard.resets).toBe(1);
  expect(world.newest.readyState).toBe(2);
  world.pass(60_000);
  expect(world.sources).toHaveLength(1);
});

test('after the end nothing is opened and nothing is heard', () => {
  const { world, heard, stream } = following();
  stream.end();
  world.newest.send('alert', { version: 1 }, '42');
  world.pass(60_000);
  expect(heard.alerts).toEqual([]);
  expect(world.sources).toHaveLength(1);
});
