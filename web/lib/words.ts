import { IntlMessageFormat } from 'intl-messageformat';

export type Values = Readonly<Record<string, string | number | Date>>;

/**
 * Speaks one language's dictionary of ICU messages.
 *
 * Each message is parsed once, on first use. A message that asks for a value it was not given throws, so that a
 * test finds it and not an operator.
 */
export function speaker<Key extends string>(
  dictionary: Readonly<Record<Key, string>>,
  locale: string,
): (key: Key, values?: Values) => string {
  const parsed = new Map<Key, IntlMessageFormat>();
  return (key, values) => {
    let message = parsed.get(key);
    if (message === undefined) {
      message = new IntlMessageFormat(dictionary[key], locale, undefined, { ignoreTag: true });
      parsed.set(key, message);
    }
    return String(message.format(values));
  };
}

/** The first of `offered` that the reader's own list of languages asks for, else `fallback`. */
export function preferred<Language extends string>(
  asked: readonly string[],
  offered: readonly Language[],
  fallback: Language,
): Language {
  for (const tag of asked) {
    const primary = tag.toLowerCase().split('-')[0];
    const found = offered.find((language) => language === primary);
    if (found !== undefined) return found;
  }
  return fallback;
}
