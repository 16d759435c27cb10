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

export type Focus = 'typing' | 'pressing' | 'elsewhere';

/**
 * The command a key gives where the focus is, or undefined.
 *
 * While someone types, keys are letters; on a button or link, Enter and the arrows belong to the browser.
 */
export function commandFor(pressed: Pressed, focus: Focus): Command | undefined {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || focus === 'typing') return undefined;
  if (focus === 'pressing' && pressed.key === 'Enter') return undefined;
  return COMMANDS[pressed.key];
}

export function focusOf(element: Element | null): Focus {
  if (element === null) return 'elsewhere';
  if (element.matches('input, textarea, select, [contenteditable]')) return 'typing';
  return element.matches('button, a, summary') ? 'pressing' : 'elsewhere';
}
