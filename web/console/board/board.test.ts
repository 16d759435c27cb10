import { beforeEach, expect, test, vi } from 'vitest';
import { ConsoleApi } from '../api/client';
import type { Alert } from '../api/model';
import { anAlert } from '../builders';
import type { EventSourceLike, Surroundings } from '../live/stream';
import { NO_FILTERS } from '../shell/address';
import { Board } from './board.svelte';

/** A console with these alerts, whose stream the test speaks for. */
class FakeConsole implements Surroundings {
  position = 7;
  readonly opened: string[] = [];
  #listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(public alerts: Alert[]) {}

  readonly api = new ConsoleApi(() =>
    Promise.resolve(
      Response.json({ alerts: this.alerts, next_cursor: null, stream_position: this.position }),
    ),
  );

  open(address: string): EventSourceLike {
    this.opened.push(address);
    this.#listeners = new Map();
    return {
      readyState: 1,
      addEventListener: (type, listener) => this.#listeners.set(type, listener),
      close: () => undefined,
    };
  }

  now_ms(): number {
    return Date.now();
  }

  later(call: () => void, delay_ms: number): () => void {
    const timer = setTimeout(call, delay_ms);
    return () => clearTimeout(timer);
  }

  send(type: string, data: unknown = {}): void {
    this.#listeners.get(type)?.(new MessageEvent(type, { data: JSON.stringify(data), lastEventId: '8' }));
    vi.advanceTimersByTime(50);
  }
}

async function boardOf(...alerts: Alert[]): Promise<{ board: Board; fake: FakeConsole }> {
  const fake = new FakeConsole(alerts);
  const board = new Board(fake.api, fake);
  await board.show(NO_FILTERS);
  return { board, fake };
}

beforeEach(() => {
  vi.useFakeTimers();
});

test('the newest version wins, whatever comes late', async () => {
  const { board, fake } = await boardOf(anAlert({ version: 2, title: 'two' }));
  fake.send('alert', anAlert({ version: 4, title: 'four' }));
  fake.send('alert', anAlert({ version: 3, title: 'three' }));
  expect(board.get('alert-1')?.title).toBe('four');
});

test('a slow list does not bring back an alert that has left the board', async () => {
  const { board, fake } = await boardOf(anAlert({ version: 2 }));
  fake.send('alert', anAlert({ version: 3, state: 'resolved' }));
  expect(board.rows).toEqual([]);
  await board.load();
  expect(board.rows).toEqual([]);
});

test('a new critical alert is fresh until it is opened, one that was on the list is not', async () => {
  const { board, fake } = await boardOf(anAlert({ urgency: 'critical' }));
  fake.send('alert', anAlert({ urgency: 'critical', version: 2 }));
  expect(board.fresh.size).toBe(0);
  fake.send('alert', anAlert({ alert_id: 'new', urgency: 'critical' }));
  expect([...board.fresh]).toEqual(['new']);
  expect(board.newestCritical?.alert_id).toBe('new');
  board.select('new');
  expect(board.fresh.size).toBe(0);
});

test('an alert is announced once, also while the filters hide it', async () => {
  const { board, fake } = await boardOf();
  await board.show({ ...NO_FILTERS, category: 'flood' });
  fake.send('alert', anAlert({ urgency: 'critical' }));
  board.fresh.clear();
  fake.send('alert', anAlert({ urgency: 'critical', version: 2 }));
  expect(board.rows).toEqual([]);
  expect(board.fresh.size).toBe(0);
});

test('rows are held while someone points at them and let go after', async () => {
  const { board, fake } = await boardOf(anAlert());
  board.hold(true);
  fake.send('alert', anAlert({ version: 2, state: 'resolved' }));
  expect(board.rows).toEqual(['alert-1']);
  board.hold(false);
  expect(board.rows).toEqual([]);
});

test('after a reset the list is loaded and followed from its new position', async () => {
  const { board, fake } = await boardOf(anAlert());
  fake.position = 99;
  fake.alerts = [anAlert({ alert_id: 'other' })];
  fake.send('reset');
  await vi.waitFor(() => expect(fake.opened).toHaveLength(2));
  expect(fake.opened[1]).toContain('after=99');
  expect(board.rows).toContain('other');
});

test('the alert that is open stays known though the filters hide it', async () => {
  const { board, fake } = await boardOf(anAlert());
  board.select('alert-1');
  fake.send('alert', anAlert({ version: 2, state: 'resolved' }));
  expect(board.rows).toEqual([]);
  expect(board.get('alert-1')?.state).toBe('resolved');
});
