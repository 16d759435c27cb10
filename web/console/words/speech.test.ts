import { expect, test } from 'vitest';
import { LANGUAGES, sayCode, speech } from './speech.svelte';

test('a code is said in the language that is chosen', () => {
  const said = LANGUAGES.map((language) => {
    speech.language = language;
    return sayCode('why', 'urgency_raised', 'from low to high');
  });
  expect(new Set(said).size).toBe(LANGUAGES.length);
  expect(said).not.toContain('from low to high');
});

test('a code that is new to this page is told as its service tells it', () => {
  expect(sayCode('rule', 'moon_phase', 'the moon is full')).toBe('the moon is full');
  expect(sayCode('quantity', 'snow_depth')).toBe('snow depth');
  expect(sayCode('why', 'toString', 'as given')).toBe('as given');
});
