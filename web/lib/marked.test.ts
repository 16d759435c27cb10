import { expect, test } from 'vitest';
import { segments } from './marked';

const mark = (start: number, end: number, points = 10) => ({ start, end, points });

test('phrases are cut out at the characters the classifier counted', () => {
  const cut = segments('🔥 Pali się dach', [mark(2, 10)]);
  expect(cut.map((s) => s.text)).toEqual(['🔥 ', 'Pali się', ' dach']);
  expect(cut.map((s) => s.mark !== undefined)).toEqual([false, true, false]);
});

test('the segments of any text are the text again', () => {
  const text = 'Дім горить! <b>help</b>';
  const cut = segments(text, [mark(0, 3), mark(2, 10, -5), mark(15, 400)]);
  expect(cut.map((s) => s.text).join('')).toBe(text);
});

test('the stronger of two overlapping phrases keeps the shared stretch', () => {
  const cut = segments('abcdef', [mark(0, 4, 30), mark(2, 6, 5)]);
  expect(cut.map((s) => [s.text, s.mark?.points])).toEqual([
    ['abcd', 30],
    ['ef', 5],
  ]);
});

test('marks past the end of a shortened text are left out', () => {
  expect(segments('abc', [mark(10, 20)])).toEqual([{ text: 'abc', mark: undefined }]);
  expect(segments('', [mark(0, 2)])).toEqual([]);
});
