import { isLiteralElement } from '@formatjs/icu-messageformat-parser';
import { IntlMessageFormat } from 'intl-messageformat';
import { expect, test } from 'vitest';
import en from './en.json';
import pl from './pl.json';
import uk from './uk.json';

const dictionaries: Readonly<Record<string, Readonly<Record<string, string>>>> = { pl, uk, en };

function valuesOf(message: string, locale: string): string[] {
  const names = new Set<string>();
  const collect = (elements: ReturnType<IntlMessageFormat['getAst']>): void => {
    for (const element of elements) {
      if (!('value' in element) || isLiteralElement(element)) continue;
      names.add(element.value);
      if ('options' in element) Object.values(element.options).forEach((option) => collect(option.value));
    }
  };
  collect(new IntlMessageFormat(message, locale, undefined, { ignoreTag: true }).getAst());
  return [...names].sort();
}

test('every language has the same words', () => {
  expect(Object.keys(uk).sort()).toEqual(Object.keys(pl).sort());
  expect(Object.keys(en).sort()).toEqual(Object.keys(pl).sort());
});

test('every word can be read and asks for the same values in each language', () => {
  for (const [word, message] of Object.entries(pl)) {
    for (const [language, dictionary] of Object.entries(dictionaries)) {
      const translated = dictionary[word] ?? '';
      expect(translated.trim(), `${word} in ${language}`).not.toBe('');
      expect(valuesOf(translated, language), `${word} in ${language}`).toEqual(valuesOf(message, 'pl'));
    }
  }
});

test('Polish and Ukrainian plurals have all four forms', () => {
  for (const language of ['pl', 'uk']) {
    for (const [word, message] of Object.entries(dictionaries[language] ?? {})) {
      if (!message.includes('plural,')) continue;
      for (const form of ['one', 'few', 'many', 'other']) {
        expect(message, `${word} in ${language}`).toContain(`${form} {`);
      }
    }
  }
});
