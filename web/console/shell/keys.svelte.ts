export type Command =
  | 'next'
  | 'previous'
  | 'open'
  | 'back'
  | 'search'
  | 'sheet'
  | 'acknowledge'
  | 'resolve'
  | 'dismiss'
  | 'note'
  | 'publish'
  | 'reopen';

const COMMANDS: Readonly<Record<string, Command>> = {
  j: 'next',
  ArrowDown: 'next',
  k: 'previous',
  ArrowUp: 'previous',
  Enter: 'open',
  Escape: 'back',
  '/': 'search',
  '?': 'sheet',
  a: 'acknowledge',
  r: 'resolve',
  d: 'dismiss',
  n: 'note',
  p: 'publish',
  o: 'reopen',
};

/** The keys of each command, for the sheet and for `aria-keyshortcuts`. */
export function keysOf(command: Command): string[] {
  return Object.keys(COMMANDS).filter((key) => COMMANDS[key] === command);
}

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

export type Focus = 'typing' | 'pressing' | 'reading' | 'elsewhere';

/**
 * The command a key gives where the focus is, or undefined.
 *
 * While someone types, keys are letters; on a button or link, Enter belongs to the browser, and in a text that scrolls
 * the arrows do. Single letters can be switched off (WCAG 2.1.4): speech input types them by accident.
 */
export function commandFor(pressed: Pressed, focus: Focus, lettersAreOn: boolean): Command | undefined {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || focus === 'typing') return undefined;
  if (focus === 'pressing' && pressed.key === 'Enter') return undefined;
  if (focus === 'reading' && pressed.key.startsWith('Arrow')) return undefined;
  if (!lettersAreOn && pressed.key.length === 1) return undefined;
  return COMMANDS[pressed.key];
}

export function focusOf(element: Element | null): Focus {
  if (element === null) return 'elsewhere';
  if (element.matches('input, textarea, select, [contenteditable]')) return 'typing';
  if (element.matches('button, a, summary')) return 'pressing';
  return element.matches('[data-reading]') ? 'reading' : 'elsewhere';
}

const KEPT_AS = 'hejnal.letter-keys';

/** Whether single letters are commands; each person's own choice, kept in this browser. */
export class KeysChoice {
  #areOn = $state(localStorage.getItem(KEPT_AS) !== 'off');

  get areOn(): boolean {
    return this.#areOn;
  }

  set areOn(on: boolean) {
    this.#areOn = on;
    localStorage.setItem(KEPT_AS, on ? 'on' : 'off');
  }
}
