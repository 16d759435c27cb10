import type { TimelineEntry } from '../api/model';
import type { Say, Word } from '../words/speech.svelte';

export interface Told {
  /** What happened. */
  readonly what: string;
  /** A person's own words about it: a note, a reason. */
  readonly words: string;
}

/** Puts an entry of the timeline in words; codes that this console does not know yet are shown as they are. */
export function tell(entry: TimelineEntry, say: Say): Told {
  const word = (family: string, code: string | null | undefined): string =>
    code === null || code === undefined || code === '' ? '–' : sayOr(say, `${family}.${code}`, code);
  const change = (family: string): { before: string; after: string } => ({
    before: word(family, entry.before),
    after: word(family, entry.after),
  });
  switch (entry.kind) {
    case 'opened':
      return plain(say('event.opened', { urgency: word('urgency', entry.after) }));
    case 'reports_joined':
    case 'readings_joined':
      return plain(say(`event.${entry.kind}`, { n: entry.count ?? 0 }));
    case 'state_changed':
      return plain(say('event.state_changed', change('state')));
    case 'urgency_changed':
      return plain(say('event.urgency_changed', change('urgency')));
    case 'category_changed':
      return plain(say('event.category_changed', change('category')));
    case 'assigned':
      return plain(say('event.assigned', { after: entry.after ?? '–' }));
    case 'published':
    case 'merged':
      return plain(say(`event.${entry.kind}`));
    case 'decision':
      return decided(entry, say, word('decision', entry.decision));
    case 'notification': {
      const state = word('delivery', entry.state);
      const channel = word('channel', entry.channel);
      return plain(say('event.notification', { recipient: entry.recipient ?? '–', channel, state }));
    }
    default:
      return { what: String(entry.kind), words: entry.text ?? '' };
  }
}

function decided(entry: TimelineEntry, say: Say, kind: string): Told {
  const outcome: Word =
    entry.state === 'refused'
      ? 'event.decision_refused'
      : entry.state === 'pending'
        ? 'event.decision_pending'
        : 'event.decision';
  // What the log says of an applied decision is a code for programs; why it refused one concerns the reader.
  const words =
    entry.state === 'refused'
      ? [entry.reason && sayOr(say, `refusal.${entry.reason}`, entry.reason)]
      : [entry.text];
  return { what: say(outcome, { kind }), words: words.filter(Boolean).join(' ') };
}

function plain(what: string): Told {
  return { what, words: '' };
}

function sayOr(say: Say, word: string, otherwise: string): string {
  try {
    return say(word as Word);
  } catch {
    return otherwise;
  }
}
