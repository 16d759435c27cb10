import type { Point } from './outline';

export interface Label extends Point {
  readonly id: string;
  readonly name: string;
}

/** About the middle of what a sans-serif's letters take, as a share of its size. */
const LETTER_WIDTH = 0.56;

/**
 * The names that can be read: each that touches neither a dot nor a name before it.
 *
 * A name stands in the middle of its point, `size` units high; a dot reaches `reach` units around its own.
 */
export function readable(
  labels: readonly Label[],
  dots: readonly Point[],
  size: number,
  reach: number,
): Label[] {
  const half = (label: Label): number => (label.name.length * LETTER_WIDTH * size) / 2;
  const kept: Label[] = [];
  for (const label of labels) {
    const covers = (point: Point, across: number, down: number): boolean =>
      Math.abs(point.x - label.x) < half(label) + across && Math.abs(point.y - label.y) < size / 2 + down;
    const isFree =
      !dots.some((dot) => covers(dot, reach, reach)) &&
      !kept.some((other) => covers(other, half(other) + size / 3, size / 2));
    if (isFree) kept.push(label);
  }
  return kept;
}
