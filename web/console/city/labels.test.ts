import { expect, test } from 'vitest';
import { readable, type Label } from './labels';

const label = (name: string, x: number, y: number): Label => ({ id: name, name, x, y });
const names = (...all: Parameters<typeof readable>): string[] => readable(...all).map(({ name }) => name);

test('of names that would overlap the first is written', () => {
  const labels = [label('Kmiecie', 100, 100), label('Winna Góra', 120, 105), label('Budy', 300, 100)];
  expect(names(labels, [], 18, 12)).toEqual(['Kmiecie', 'Budy']);
});

test('a name gives way to an alert', () => {
  const labels = [label('Zasanie', 100, 100), label('Wilcze', 300, 100)];
  expect(names(labels, [{ x: 80, y: 104 }], 18, 12)).toEqual(['Wilcze']);
});
