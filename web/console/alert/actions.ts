import type { Alert, DecisionKind } from '../api/model';

const CLOSED: readonly Alert['state'][] = ['resolved', 'dismissed'];

/** What can be decided about an alert as it is, the likeliest first. */
export function decisionsFor(alert: Alert): DecisionKind[] {
  if (CLOSED.includes(alert.state)) return ['reopen', 'note'];
  const first: DecisionKind[] = alert.state === 'open' ? ['acknowledge', 'resolve'] : ['resolve'];
  return [...first, 'dismiss', 'note', ...(alert.public ? [] : (['publish'] as const))];
}

/** Which words a decision needs before it can be sent. */
export type Asks = 'nothing' | 'reason' | 'text' | 'text and confirmation';

export const ASKS: Readonly<Record<DecisionKind, Asks>> = {
  acknowledge: 'nothing',
  resolve: 'nothing',
  reopen: 'nothing',
  dismiss: 'reason',
  note: 'text',
  publish: 'text and confirmation',
};
