import { CATEGORIES, STATES, URGENCIES, type AlertState, type Category, type Urgency } from '../api/model';

export interface Filters {
  readonly states: readonly AlertState[];
  readonly leastUrgency: Urgency | undefined;
  readonly category: Category | undefined;
  /** Searched in titles, texts and places. */
  readonly text: string;
}

export interface Place {
  readonly page: 'board' | 'sensors';
  readonly alertId: string | undefined;
  readonly filters: Filters;
}

export const TO_DO: readonly AlertState[] = ['open', 'acknowledged'];

export const NO_FILTERS: Filters = {
  states: TO_DO,
  leastUrgency: undefined,
  category: undefined,
  text: '',
};

/** Reads the page, the alert and the filters from an address; what it does not know counts as not given. */
export function read(search: string): Place {
  const given = new URLSearchParams(search);
  const states = (given.get('state') ?? '').split(',').filter((state) => isOneOf(STATES, state));
  const leastUrgency = given.get('least_urgency');
  const category = given.get('category');
  return {
    page: given.get('page') === 'sensors' ? 'sensors' : 'board',
    alertId: given.get('alert') ?? undefined,
    filters: {
      states: states.length > 0 ? states : TO_DO,
      leastUrgency: isOneOf(URGENCIES, leastUrgency) ? leastUrgency : undefined,
      category: isOneOf(CATEGORIES, category) ? category : undefined,
      text: given.get('q') ?? '',
    },
  };
}

/** The address of a place, without what is as usual; `read` gives the place back. */
export function write(place: Place): string {
  const { filters } = place;
  const fields: [string, string | undefined][] = [
    ['page', place.page === 'board' ? undefined : place.page],
    ['state', sameStates(filters.states, TO_DO) ? undefined : filters.states.join(',')],
    ['least_urgency', filters.leastUrgency],
    ['category', filters.category],
    ['q', filters.text === '' ? undefined : filters.text],
    ['alert', place.alertId],
  ];
  const given = fields.filter((field): field is [string, string] => field[1] !== undefined);
  return given.length === 0 ? '?' : `?${new URLSearchParams(given).toString()}`;
}

export function sameStates(one: readonly AlertState[], other: readonly AlertState[]): boolean {
  return one.length === other.length && one.every((state) => other.includes(state));
}

export function areNoFilters(filters: Filters): boolean {
  return (
    sameStates(filters.states, TO_DO) &&
    filters.leastUrgency === undefined &&
    filters.category === undefined &&
    filters.text === ''
  );
}

function isOneOf<Word extends string>(words: readonly Word[], word: string | null): word is Word {
  return (words as readonly (string | null)[]).includes(word);
}
