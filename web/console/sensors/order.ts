import type { Sensor, SensorState } from '../api/model';

const NEED: readonly SensorState[] = ['silent', 'alarm', 'fault', 'warning', 'unregistered', 'ok'];

/** What needs somebody comes first: a silent sensor hides an alarm, so it leads. */
export function byNeed(one: Sensor, other: Sensor): number {
  return NEED.indexOf(one.state) - NEED.indexOf(other.state) || one.name.localeCompare(other.name);
}
