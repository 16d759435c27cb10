import { expect, test } from 'vitest';
import { middle, project, ringsOf } from './outline';

const square = {
  type: 'Polygon',
  coordinates: [
    [
      [22, 49],
      [23, 49],
      [23, 50],
      [22, 50],
      [22, 49],
    ],
  ],
};

test('a city fits its box: west is left, north is up, and a degree of longitude is shorter', () => {
  const projection = project([square], 100, 10);
  expect(projection?.place(22, 50)).toEqual({ x: 10, y: 10 });
  const corner = projection?.place(23, 49);
  expect(corner?.x).toBeCloseTo(90);
  expect(corner?.y).toBeGreaterThan(120);
  expect(projection?.height).toBeCloseTo((corner?.y ?? 0) + 10);
});

test('outlines of several parts become one path', () => {
  const two = { type: 'MultiPolygon', coordinates: [square.coordinates, square.coordinates] };
  expect(ringsOf(two)).toHaveLength(2);
  expect(project([two], 100, 0)?.path(two).match(/M/g)).toHaveLength(2);
});

test('what has no outline draws nothing', () => {
  expect(project([{ type: 'Point', coordinates: [22, 49] }], 100, 0)).toBeUndefined();
});

test('a name stands in the middle of its district', () => {
  expect(middle(square)).toEqual([22.5, 49.5]);
  expect(middle({ type: 'Point', coordinates: [22, 49] })).toBeUndefined();
});
