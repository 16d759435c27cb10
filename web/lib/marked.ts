/** A stretch of a text that mattered to the classifier; `start` and `end` count characters, not UTF-16 units. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly points: number;
}

export interface Segment<M extends Mark> {
  readonly text: string;
  /** The mark this stretch belongs to; undefined for the text between. */
  readonly mark: M | undefined;
}

/**
 * Cuts `text` into stretches, each marked or plain, that together are the text again.
 *
 * Marks may overlap or reach past the end (evidence in a snapshot is cut at 280 characters): the stronger mark wins a
 * shared stretch, and what lies outside is left out.
 */
export function segments<M extends Mark>(text: string, marks: readonly M[]): Segment<M>[] {
  const characters = Array.from(text);
  const owners = new Array<M | undefined>(characters.length).fill(undefined);
  const weakestFirst = [...marks].sort((a, b) => Math.abs(a.points) - Math.abs(b.points));
  for (const mark of weakestFirst) {
    owners.fill(mark, Math.max(0, mark.start), Math.max(0, mark.end));
  }
  const cut: Segment<M>[] = [];
  let from = 0;
  for (let at = 1; at <= characters.length; at += 1) {
    if (at < characters.length && owners[at] === owners[from]) continue;
    cut.push({ text: characters.slice(from, at).join(''), mark: owners[from] });
    from = at;
  }
  return cut;
}
