import { expect, test } from 'vitest';
import type { Notification } from '../api/model';
import { aNotification } from '../builders';
import { byChannel, unreached } from './told';

let count = 0;
const told = (over: Partial<Notification>): Notification =>
  aNotification({ notification_id: String((count += 1)), ...over });

test('channels come in one order, each with what it delivered', () => {
  const overview = byChannel([
    told({ channel: 'app', state: 'requested' }),
    told({}),
    told({ state: 'failed', recipient: 'Duty B' }),
  ]);
  expect(overview.map(({ channel, delivered }) => [channel, delivered])).toEqual([
    ['sms', 1],
    ['app', 0],
  ]);
});

test('not reached is whom every channel has failed', () => {
  const all = [
    told({ state: 'failed' }),
    told({ channel: 'email', state: 'handed_over' }),
    told({ recipient: 'Duty B', state: 'failed' }),
    told({ recipient: 'Duty B', channel: 'app', state: 'expired' }),
    told({ recipient: 'Duty C', state: 'unknown' }),
  ];
  expect(unreached(all)).toEqual(['Duty B']);
});
