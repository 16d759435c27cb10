import { expect, test } from 'vitest';
import { areNoFilters, NO_FILTERS, read, write, type Place } from './address';

test('an address brings back the page, the alert and every filter', () => {
  const place: Place = {
    page: 'board',
    alertId: '019a-7',
    filters: {
      states: ['resolved', 'dismissed'],
      leastUrgency: 'high',
      category: 'fire',
      text: 'ul. Żwirki & Co',
    },
  };
  expect(read(write(place))).toEqual(place);
});

test('the usual board has a bare address', () => {
  expect(write({ page: 'board', alertId: undefined, filters: NO_FILTERS })).toBe('?');
  expect(areNoFilters(read('').filters)).toBe(true);
});

test('what nobody knows in an address is left aside', () => {
  const place = read('?page=evil&state=open,burning&least_urgency=huge&category=<b>');
  expect(place).toEqual({
    page: 'board',
    alertId: undefined,
    filters: { ...NO_FILTERS, states: ['open'] },
  });
});
