import { expect, test } from 'vitest';
import type { Sensor, SensorState } from '../api/model';
import { aSensor } from '../builders';
import { byNeed } from './order';

const sensor = (name: string, state: SensorState): Sensor => aSensor({ sensor_id: name, name, state });

test('silent sensors lead, then alarms; sensors in order come last, by name', () => {
  const sensors = [
    sensor('b', 'ok'),
    sensor('a', 'ok'),
    sensor('c', 'alarm'),
    sensor('d', 'silent'),
    sensor('e', 'fault'),
  ];
  expect(sensors.sort(byNeed).map((one) => one.name)).toEqual(['d', 'c', 'e', 'a', 'b']);
});
