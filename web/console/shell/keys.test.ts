import { expect, test } from 'vitest';
import { commandFor, focusOf, keysOf } from './keys';

const press = (key: string, over = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...over });

test('letters and arrows give commands', () => {
  expect(commandFor(press('j'), 'elsewhere')).toBe('next');
  expect(commandFor(press('ArrowUp'), 'elsewhere')).toBe('previous');
  expect(commandFor(press('a'), 'pressing')).toBe('acknowledge');
  expect(commandFor(press('?'), 'elsewhere')).toBe('sheet');
});

test('keys stay letters while someone types, and shortcuts stay the browser’s', () => {
  expect(commandFor(press('a'), 'typing')).toBeUndefined();
  expect(commandFor(press('r', { ctrlKey: true }), 'elsewhere')).toBeUndefined();
  expect(commandFor(press('Enter'), 'pressing')).toBeUndefined();
});

test('a field is for typing, a button for pressing', () => {
  const field = document.createElement('textarea');
  const button = document.createElement('button');
  expect([focusOf(field), focusOf(button), focusOf(document.body), focusOf(null)]).toEqual([
    'typing',
    'pressing',
    'elsewhere',
    'elsewhere',
  ]);
});

test('each command tells its keys', () => {
  expect(keysOf('next')).toEqual(['j', 'ArrowDown']);
});
