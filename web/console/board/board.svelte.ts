import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { ConsoleApi } from '../api/client';
import type { Alert } from '../api/model';
import { asProblem, type Problem } from '../api/problem';
import { AlertStream, type Freshness, type Listener, type Surroundings } from '../live/stream';
import { NO_FILTERS, type Filters } from '../shell/address';
import { arrange, byUrgencyThenAge, fits } from './order';

/** Changes that arrive within this time are shown together: fifty a second cost thirty drawings, not fifty. */
const SHOWN_TOGETHER_MS = 33;
const PAGE_LIMIT = 500;

/** The alerts that fit the filters, kept as new as the stream has them. */
export class Board {
  loading = $state(true);
  problem = $state<Problem>();
  freshness = $state<Freshness>('connecting');
  lastHeard_ms = $state<number>();
  /** Ids of the alerts shown, from top to bottom. */
  rows = $state.raw<readonly string[]>([]);
  /** Critical alerts that arrived while this window was open and that nobody here has opened. */
  readonly fresh = new SvelteSet<string>();
  /** The newest of them, to be read out. */
  newestCritical = $state.raw<Alert>();
  nextCursor = $state<string>();

  readonly #known = new SvelteMap<string, Alert>();
  /** Newest version ever seen of each alert, so that a slow answer does not bring back what is gone. */
  readonly #versions = new Map<string, number>();
  /** Critical alerts that are no news any more, shown by the filters or not. */
  readonly #critical = new Set<string>();
  /** What the console itself found for the text searched: it looks further than the newest evidence. */
  #found: ReadonlySet<string> = new Set();
  #filters: Filters = NO_FILTERS;
  #held = false;
  #selected: string | undefined;
  #stream: AlertStream | undefined;
  #arrived: Alert[] = [];
  #showing: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  readonly #watchers = new Set<(alert: Alert) => void>();

  constructor(
    private readonly api: ConsoleApi,
    private readonly surroundings?: Surroundings,
  ) {}

  get(id: string): Alert | undefined {
    return this.#known.get(id);
  }

  /** Calls with every alert that the stream brings; the answer stops it. */
  watch(watcher: (alert: Alert) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Shows the alerts that fit; the stream goes on where it is. */
  async show(filters: Filters): Promise<void> {
    this.#filters = filters;
    this.#found = new Set();
    this.#arrange();
    await this.load();
  }

  async load(): Promise<void> {
    const asked = ++this.#asked;
    this.loading = true;
    try {
      const page = await this.api.alerts(this.#query());
      if (asked !== this.#asked) return;
      this.problem = undefined;
      this.nextCursor = page.next_cursor ?? undefined;
      this.#found = new Set(page.alerts.map((alert) => alert.alert_id));
      this.#keepListed(page.alerts);
      this.#arrange();
      if (this.#stream === undefined) this.#follow(String(page.stream_position));
    } catch (error) {
      if (asked === this.#asked) this.problem = asProblem(error);
    } finally {
      if (asked === this.#asked) this.loading = false;
    }
  }

  async loadMore(): Promise<void> {
    const cursor = this.nextCursor;
    if (cursor === undefined) return;
    try {
      const page = await this.api.alerts({ ...this.#query(), cursor });
      this.nextCursor = page.next_cursor ?? undefined;
      this.#found = new Set([...this.#found, ...page.alerts.map((alert) => alert.alert_id)]);
      this.#keepListed(page.alerts);
      this.#arrange();
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  /** Someone points at the list: its rows stay where they are until they are let go. */
  hold(held: boolean): void {
    if (this.#held === held) return;
    this.#held = held;
    this.#arrange();
  }

  select(id: string | undefined): void {
    this.#selected = id;
    if (id !== undefined) this.fresh.delete(id);
    this.#arrange();
  }

  /** Takes an alert that came by another way than the stream, such as a conflict's answer. */
  accept(alert: Alert): void {
    if (this.#keep(alert)) this.#arrange();
  }

  end(): void {
    this.#stream?.end();
    this.#stream = undefined;
    clearTimeout(this.#showing);
  }

  #query(): Record<string, string | undefined> {
    const { states, leastUrgency, category, text } = this.#filters;
    return {
      state: states.join(','),
      least_urgency: leastUrgency,
      category,
      q: text.trim() === '' ? undefined : text.trim(),
      limit: String(PAGE_LIMIT),
    };
  }

  #follow(position: string): void {
    const listener: Listener = {
      alert: (alert) => this.#arrive(alert),
      reset: () => {
        this.#stream = undefined;
        void this.load();
      },
      freshness: (freshness) => {
        this.freshness = freshness;
        this.lastHeard_ms = this.#stream?.lastHeard_ms;
      },
    };
    this.#stream = new AlertStream(position, listener, this.surroundings);
    this.#stream.start();
  }

  #arrive(alert: Alert): void {
    this.#arrived.push(alert);
    this.#showing ??= setTimeout(() => {
      this.#showing = undefined;
      this.#showArrived();
    }, SHOWN_TOGETHER_MS);
  }

  #showArrived(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const alert of arrived) {
      if (this.#keep(alert)) this.#noticeCritical(alert);
    }
    this.#arrange();
    for (const alert of arrived) this.#watchers.forEach((watcher) => watcher(alert));
  }

  #noticeCritical(alert: Alert): void {
    const id = alert.alert_id;
    if (!isCritical(alert)) {
      this.#critical.delete(id);
      this.fresh.delete(id);
    } else if (!this.#critical.has(id)) {
      this.#critical.add(id);
      this.newestCritical = alert;
      if (id !== this.#selected) this.fresh.add(id);
    }
  }

  #keepListed(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      if (this.#keep(alert) && isCritical(alert)) this.#critical.add(alert.alert_id);
    }
  }

  /** Keeps the alert unless a newer one has been seen. A refused decision comes as the same version again. */
  #keep(alert: Alert): boolean {
    if (alert.version < (this.#versions.get(alert.alert_id) ?? 0)) return false;
    this.#versions.set(alert.alert_id, alert.version);
    this.#known.set(alert.alert_id, alert);
    return true;
  }

  #arrange(): void {
    const wanted = [...this.#known.values()].filter((alert) => this.#fits(alert)).sort(byUrgencyThenAge);
    this.rows = arrange(this.rows, wanted, this.#known, this.#held);
    this.#forgetUnseen();
  }

  #fits(alert: Alert): boolean {
    const found = this.#found.has(alert.alert_id);
    return fits(alert, found ? { ...this.#filters, text: '' } : this.#filters);
  }

  #forgetUnseen(): void {
    if (this.#known.size === this.rows.length) return;
    const seen = new Set(this.rows);
    for (const id of [...this.#known.keys()]) {
      if (!seen.has(id) && id !== this.#selected) this.#known.delete(id);
    }
  }
}

function isCritical(alert: Alert): boolean {
  return alert.urgency === 'critical' && alert.state === 'open';
}
