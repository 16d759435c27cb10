import { expect, test } from 'vitest';
import { commandFor, focusOf, keysOf } from './keys.svelte';

const press = (key: string, over = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...over });

test('letters and arrows give commands', () => {
  expect(commandFor(press('j'), 'elsewhere', true)).toBe('next');
  expect(commandFor(press('ArrowUp'), 'elsewhere', true)).toBe('previous');
  expect(commandFor(press('a'), 'pressing', true)).toBe('acknowledge');
  expect(commandFor(press('?'), 'elsewhere', true)).toBe('sheet');
});

test('keys stay letters while someone types, and shortcuts stay the browser’s', () => {
  expect(commandFor(press('a'), 'typing', true)).toBeUndefined();
  expect(commandFor(press('r', { ctrlKey: true }), 'elsewhere', true)).toBeUndefined();
  expect(commandFor(press('Enter'), 'pressing', true)).toBeUndefined();
});

test('arrows scroll a text that has the focus', () => {
  expect(commandFor(press('ArrowDown'), 'reading', true)).toBeUndefined();
  expect(commandFor(press('j'), 'reading', true)).toBe('next');
});

test('single letters can be switched off, other keys stay', () => {
  expect(commandFor(press('a'), 'elsewhere', false)).toBeUndefined();
  expect(commandFor(press('Escape'), 'elsewhere', false)).toBe('back');
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
