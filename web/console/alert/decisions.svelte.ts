import { SvelteMap } from 'svelte/reactivity';
import type { ConsoleApi } from '../api/client';
import type { Alert, DecisionKind, DecisionRequest } from '../api/model';
import { asProblem, type Problem } from '../api/problem';

/** What a person decided and what has become of it. */
export interface Decision {
  readonly kind: DecisionKind;
  readonly state: 'sending' | 'pending' | 'applied' | 'refused' | 'failed' | 'conflict';
  readonly request: DecisionRequest;
  /** The alert as the person saw it. */
  readonly seen: Alert;
  /** With a conflict: the alert as it is now. */
  readonly now?: Alert;
  readonly reason?: string;
  readonly problem?: Problem;
}

export type Wording = Pick<DecisionRequest, 'reason' | 'text'>;

export interface Waiting {
  /** Ends after the delay, or as soon as the stream brings news of the alert. */
  news(alertId: string, delay_ms: number): Promise<void>;
}

const FIRST_LOOK_MS = 400;
const LONGEST_LOOK_MS = 5_000;
const SHOWN_DONE_MS = 4_000;

/**
 * Decisions on their way: pending until the log has said what became of them, never shown as done before.
 *
 * One at a time for each alert, since the next one needs the version that this one makes.
 */
export class Decisions {
  readonly #byAlert = new SvelteMap<string, Decision>();

  constructor(
    private readonly api: ConsoleApi,
    private readonly waiting: Waiting,
    /** Told of every alert that came back with a conflict. */
    private readonly accept: (alert: Alert) => void,
  ) {}

  of(alertId: string): Decision | undefined {
    return this.#byAlert.get(alertId);
  }

  isUnderWay(alertId: string): boolean {
    const state = this.of(alertId)?.state;
    return state === 'sending' || state === 'pending';
  }

  /** Puts away what became of the last decision. */
  clear(alertId: string): void {
    if (!this.isUnderWay(alertId)) this.#byAlert.delete(alertId);
  }

  async decide(kind: DecisionKind, seen: Alert, wording: Wording = {}): Promise<void> {
    if (this.isUnderWay(seen.alert_id)) return;
    const request: DecisionRequest = { kind, if_version: seen.version, ...wording };
    const decision: Decision = { kind, state: 'sending', request, seen };
    this.#byAlert.set(seen.alert_id, decision);
    try {
      const { decision_id } = await this.api.decide(seen.alert_id, request);
      this.#byAlert.set(seen.alert_id, { ...decision, state: 'pending' });
      await this.#follow(decision_id, decision);
    } catch (error) {
      this.#fail(decision, asProblem(error));
    }
  }

  async #follow(decisionId: string, decision: Decision): Promise<void> {
    const id = decision.seen.alert_id;
    for (let delay_ms = FIRST_LOOK_MS; ; delay_ms = Math.min(delay_ms * 2, LONGEST_LOOK_MS)) {
      await this.waiting.news(id, delay_ms);
      const outcome = await this.api.decision(decisionId).catch(() => undefined);
      if (outcome === undefined || outcome.state === 'pending') continue;
      if (outcome.state === 'refused') await this.#refused(decision, outcome.reason ?? '');
      else await this.#applied({ ...decision, state: 'applied' });
      return;
    }
  }

  async #applied(decision: Decision): Promise<void> {
    const id = decision.seen.alert_id;
    this.#byAlert.set(id, decision);
    await this.waiting.news('', SHOWN_DONE_MS);
    if (this.of(id) === decision) this.#byAlert.delete(id);
  }

  /** Somebody else was first in the log: that is shown as a conflict too, with both versions. */
  async #refused(decision: Decision, reason: string): Promise<void> {
    const now = await this.api.alert(decision.seen.alert_id).catch(() => undefined);
    if (now !== undefined && now.version > decision.seen.version) this.#conflict(decision, now);
    else this.#byAlert.set(decision.seen.alert_id, { ...decision, state: 'refused', reason });
  }

  #fail(decision: Decision, problem: Problem): void {
    if (problem.kind === 'conflict' && problem.alert !== undefined) this.#conflict(decision, problem.alert);
    else this.#byAlert.set(decision.seen.alert_id, { ...decision, state: 'failed', problem });
  }

  #conflict(decision: Decision, now: Alert): void {
    this.accept(now);
    this.#byAlert.set(decision.seen.alert_id, { ...decision, state: 'conflict', now });
  }
}
