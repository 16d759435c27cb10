import { expect, test } from 'vitest';
import { preferred, speaker } from './words';

test('a number chooses the plural form of its language', () => {
  const polish = speaker(
    { reports: '{n, plural, one {# zgłoszenie} few {# zgłoszenia} many {# zgłoszeń} other {# zgłoszenia}}' },
    'pl',
  );
  expect([1, 2, 5, 22].map((n) => polish('reports', { n }))).toEqual([
    '1 zgłoszenie',
    '2 zgłoszenia',
    '5 zgłoszeń',
    '22 zgłoszenia',
  ]);
});

test('markup in a message or a value stays text', () => {
  const say = speaker({ from: '<b>{who}</b>' }, 'en');
  expect(say('from', { who: '<img onerror=alert(1)>' })).toBe('<b><img onerror=alert(1)></b>');
});

test('the reader hears the first language of theirs that is offered', () => {
  expect(preferred(['de-AT', 'uk-UA', 'en'], ['pl', 'uk', 'en'], 'pl')).toBe('uk');
  expect(preferred(['de'], ['pl', 'uk', 'en'], 'pl')).toBe('pl');
});
