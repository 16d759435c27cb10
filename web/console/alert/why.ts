import { URGENCIES, type Alert, type Evidence, type Explanation } from '../api/model';

export interface Explained extends Evidence {
  readonly explanation: Explanation;
}

/** The piece of evidence that says most about the alert's urgency: the most urgent one, of those the one with most points. */
export function strongest(alert: Alert): Explained | undefined {
  const explained = alert.evidence.filter(
    (piece): piece is Explained => piece.explanation !== undefined && piece.explanation !== null,
  );
  return explained.sort(
    (a, b) =>
      URGENCIES.indexOf(a.urgency) - URGENCIES.indexOf(b.urgency) ||
      b.explanation.points_sum - a.explanation.points_sum,
  )[0];
}

export interface Term {
  readonly kind: 'base' | 'phrase' | 'modifier' | 'rule';
  readonly text: string;
  /** Names a rule; what it says in the reader's language follows from it. */
  readonly code?: string;
  readonly points: number;
}

/** The terms whose sum is the score, in the order they are told: base, phrases, modifiers, rules. */
export function terms(explanation: Explanation): Term[] {
  return [
    { kind: 'base', text: '', points: explanation.base },
    ...explanation.phrases.map(({ text, points }) => ({ kind: 'phrase', text, points }) as const),
    ...explanation.modifiers.map(({ text, points }) => ({ kind: 'modifier', text, points }) as const),
    ...explanation.rules.map(({ code, text, points }) => ({ kind: 'rule', code, text, points }) as const),
  ];
}
