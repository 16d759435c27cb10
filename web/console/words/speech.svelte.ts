import { preferred, speaker, type Values } from '$lib/words';
import en from './en.json';
import pl from './pl.json';
import uk from './uk.json';

export type Word = keyof typeof pl;
export type Say = (word: Word, values?: Values) => string;

export const LANGUAGES = ['pl', 'uk', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language by its own name. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  pl: 'Polski',
  uk: 'Українська',
  en: 'English',
};

/** English as it is written in Europe: a 24-hour clock, the day before the month. */
export const LOCALES: Readonly<Record<Language, string>> = { pl: 'pl-PL', uk: 'uk-UA', en: 'en-GB' };

const DICTIONARIES: Readonly<Record<Language, Readonly<Record<Word, string>>>> = { pl, uk, en };
const KEPT_AS = 'hejnal.language';

function initial(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  return preferred(kept === null ? navigator.languages : [kept], LANGUAGES, 'pl');
}

class Speech {
  #language = $state<Language>(initial());
  #say = $derived<Say>(speaker(DICTIONARIES[this.#language], LOCALES[this.#language]));

  constructor() {
    document.documentElement.lang = this.#language;
  }

  get language(): Language {
    return this.#language;
  }

  set language(language: Language) {
    this.#language = language;
    localStorage.setItem(KEPT_AS, language);
    document.documentElement.lang = language;
  }

  get locale(): string {
    return LOCALES[this.#language];
  }

  get say(): Say {
    return this.#say;
  }
}

export const speech = new Speech();

/** A word in the language chosen now. */
export const say: Say = (word, values) => speech.say(word, values);

export type CodeFamily = 'quantity' | 'why' | 'rule' | 'merge' | 'refusal';

/** The words for a code of the city's services; for one that this page does not know, what they say of it themselves. */
export function sayCode(family: CodeFamily, code: string, otherwise = code.replaceAll('_', ' ')): string {
  const word = `${family}.${code}`;
  return Object.hasOwn(pl, word) ? say(word as Word) : otherwise;
}
